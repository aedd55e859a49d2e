import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { serveJson } from "../__fixtures__/json-server.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { serveScriptedChat } from "../__fixtures__/scripted-chat-server.ts";
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

test("vectors of a server of embeddings: indexed, served, and searched by an evaluation", async () => {
  // Counts of letters: texts that are written alike lie close.
  const countsOf = (text: string) =>
    Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => text.split(letter).length - 1);
  const embeddings = await serveJson(({ input }: { readonly model: string; readonly input: readonly string[] }) => ({
    data: input.map((text, index) => ({ index, embedding: countsOf(text) })),
  }));
  try {
    const [dense, server] = [join(folder, "dense"), ["--embeddings", embeddings.url]];
    const prefixes = ["--query-prefix", "query: ", "--passage-prefix", "passage: "];
    const asked = [corpus, "--index", dense, ...server, "--embedding-model", "e5", ...prefixes, "--json"];
    const built = await runPda("retriever", "index", ...asked);
    expect(JSON.parse(built.stdout)).toEqual({ index: dense, passages: 2, dimensions: 26 });
    expect(embeddings.asked).toMatchObject([
      { model: "e5", input: ["passage: Beagle\nA small hound.", "passage: Tabby\nA striped cat."] },
    ]);

    const { child, ended } = spawnPda(["retriever", "serve", corpus, "--index", dense, ...server]);
    let told = "";
    while (!told.includes("/retrieve\n")) told += String((await once(child.stderr, "data"))[0]);
    const [url] = /http:\S+/.exec(told)!;
    const body = JSON.stringify({ queries: ["a striped cat"], topk: 1 });
    const found = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await found.json()).toEqual({ result: [[{ id: "1", contents: "Tabby\nA striped cat." }]] });
    expect(embeddings.asked.at(-1)!.input).toEqual(["query: a striped cat"]);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);

    const chat = await serveScriptedChat(({ messages: [, search] }) => ({
      message: { content: search === undefined ? "<search>a striped cat" : /\((.*?)\)/.exec(search.content)![1]! },
    }));
    await writeFile(join(folder, "questions.csv"), "Question,Answer\nWhich cat?,x\n");
    const questions = ["--task", "bamboogle", "--data", join(folder, "questions.csv"), "--server", chat.url];
    const tool = ["--retriever", dense, "--corpus", corpus, "--max-searches", "1", "--top-k", "1"];
    const out = join(folder, "out");
    expect(await runPda("eval", "m", ...questions, ...tool, ...server, "--out", out)).toMatchObject({ code: 0 });
    expect(await readFile(join(out, "samples_bamboogle.jsonl"), "utf8")).toContain("Title: Tabby");
    expect(await runPda("eval", "m", ...questions, ...tool, "--out", join(folder, "o"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "--embeddings: expected the server of the index's embeddings, found none",
      ) as string,
    });
    await chat.close();
  } finally {
    await embeddings.close();
  }
});

test("options of the other action, and values that are none, are refused before anything is read", async () => {
  const run = async (...args: string[]) => {
    const { code, stderr } = await runPda("retriever", ...args, "--index", index);
    return `${code} ${stderr}`;
  };
  expect(await run("indx", corpus)).toMatch(/^2 .*ACTION: expected one of index, serve, found "indx"/);
  expect(await run("index", corpus, "--port", "1")).toContain("--port: no option of retriever index");
  expect(await run("index", corpus, "--query-prefix", "q")).toContain("--query-prefix: only with --embeddings");
  const server = ["--embeddings", "http://127.0.0.1:1/v1"];
  expect(await run("index", corpus, ...server, "--k1", "1")).toContain("--k1: not with --embeddings");
  expect(await run("index", corpus, ...server)).toContain("--embedding-model: expected the model's name, found none");
  expect(await run("index", corpus, "--embeddings", "host")).toContain(
    "--embeddings: expected a URL as http://host/v1",
  );
  expect(await run("serve", corpus, "--embedding-key-env", "K")).toContain("expected --embeddings with it");
  const keyed = [...server, "--embedding-model", "m", "--embedding-key-env", "NO_SUCH_KEY"];
  expect(await run("index", corpus, ...keyed)).toContain("expected a key in the environment variable NO_SUCH_KEY");
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
