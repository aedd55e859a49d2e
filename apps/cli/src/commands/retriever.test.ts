import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";

let folder: string;
let corpus: string;
let index: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-retriever-"));
  [corpus, index] = [join(folder, "corpus.jsonl"), join(folder, "corpus.bm25")];
  const passages = ["Beagle\nA small hound.", "Tabby\nA striped cat."];
  await writeFile(corpus, passages.map((contents, id) => `${JSON.stringify({ id: String(id), contents })}\n`).join(""));
});
afterEach(() => rm(folder, { recursive: true }));

test("index, then serve until interrupted, within the limits given", async () => {
  const built = await runPda("retriever", "index", corpus, "--index", index, "--json");
  expect(built.code).toBe(0);
  expect(JSON.parse(built.stdout)).toMatchObject({ index, passages: 2 });

  const limits = ["--max-top-k", "2", "--max-body", "200B"];
  const { child, ended } = spawnPda(["retriever", "serve", corpus, "--index", index, ...limits]);
  let told = "";
  while (!told.includes("/retrieve\n")) told += String((await once(child.stderr, "data"))[0]);
  const [, url] = /^2 passages at (http:\/\/127\.0\.0\.1:\d+\/retrieve)$/m.exec(told)!;
  const ask = (body: object) =>
    fetch(url!, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const found = await ask({ queries: ["striped cats"], topk: 1, return_scores: true });
  expect(await found.json()).toMatchObject({
    result: [[{ document: { id: "1", contents: "Tabby\nA striped cat." } }]],
  });
  expect((await ask({ queries: ["hound"] })).status).toBe(200);
  expect((await ask({ queries: ["hound"], topk: 3 })).status).toBe(400);
  expect((await ask({ queries: ["hound ".repeat(50)] })).status).toBe(413);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, stdout: `closed ${url}\n` });
});

test("options of the other action, and values that are none, are refused before anything is read", async () => {
  const run = async (...args: string[]) => {
    const { code, stderr } = await runPda("retriever", ...args, "--index", index);
    return `${code} ${stderr}`;
  };
  expect(await run("indx", corpus)).toMatch(/^2 .*ACTION: expected one of index, serve, found "indx"/);
  expect(await run("index", corpus, "--port", "1")).toContain("--port: no option of retriever index");
  expect(await run("serve", corpus, "--b", "1")).toContain("--b: no option of retriever serve");
  expect(await run("index", corpus, "--b", "2")).toMatch(/^2 .*--b: expected a number from 0 to 1, found "2"/);
  expect(await run("index", corpus, "--k1", "-")).toMatch(/^2 .*--k1: expected a number of 0 or more/);
  expect(await run("serve", corpus, "--port", "65536")).toMatch(/^2 .*--port: expected a whole number from 0/);
  expect(await run("serve", corpus, "--max-top-k", "0")).toMatch(/^2 .*--max-top-k: expected a positive/);
  expect(await run("serve", corpus, "--max-body", "big")).toMatch(
    /^2 .*--max-body: expected a size as 1MB, found "big"/,
  );
  expect(await run("serve", corpus)).toMatch(/^1 .*corpus\.bm25.*\[E_FILE\]/);
});
