import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-recording-"));
  await writeFile(at("questions.csv"), "Question,Answer\nWho?,nobody\nWhere?,nowhere\nWhen?,never\n");
  await writeFile(at("gsm8k.jsonl"), [1, 2].map((i) => `{"question": "${i}?", "answer": "#### ${i}"}\n`).join(""));
  await writeFile(at("corpus.jsonl"), '{"id": "1", "contents": "\\"Nobody\\"\\nsays who."}\n');
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const tasks = () => [
  ...[
    "--task",
    "bamboogle,gsm8k",
    "--data",
    `bamboogle=${at("questions.csv")}`,
    "--data",
    `gsm8k=${at("gsm8k.jsonl")}`,
  ],
  ...["--num-fewshot", "1", "--apply-chat-template", "--max-new-tokens", "6", "--batch-size", "2"],
];
const engine = ["--runtime", "onnx", "--threads", "1"];
const evaluate = (out: string, ...more: string[]) => runPda("eval", "--out", at(out), ...tasks(), ...more);
const contents = async (name: string) => {
  const files = (await readdir(at(name), { recursive: true })).filter((file) => /json/.test(file)).toSorted();
  return Promise.all(files.map(async (file) => [file, await readFile(join(at(name), file), "utf8")]));
};

test("a recorded run, search tool and adapters and all, is replayed without any of them, to the same bytes", async () => {
  expect((await runPda("retriever", "index", at("corpus.jsonl"), "--index", at("index"))).code).toBe(0);
  const models = [tinyModel, "--adapter", "base", "--adapter", tinyAdapter, ...engine];
  const tool = ["--retriever", at("index"), "--corpus", at("corpus.jsonl")];
  expect(await evaluate("out", ...models, ...tool, "--record", at("calls"))).toMatchObject({ code: 0 });
  expect((await readdir(at("calls/adapter"))).toSorted()).toEqual([
    "bamboogle.calls.jsonl",
    "gsm8k.calls.jsonl",
    "model.json",
  ]);
  await rm(at("index"));
  await rm(at("corpus.jsonl"));
  const before = await contents("calls");
  const replayed = await evaluate("again", "--replay", at("calls"));
  expect(replayed).toMatchObject({ code: 0, stderr: expect.stringContaining("runtime: replay of") as string });
  const written = (rows: string[][]) => Object.fromEntries(rows) as Record<string, string>;
  expect(written((await contents("again")) as string[][])).toEqual(written((await contents("out")) as string[][]));
  expect(await contents("calls")).toEqual(before);
});

test("what was not recorded is an error, and a recording belongs to one model", async () => {
  expect((await evaluate("out", tinyModel, ...engine, "--record", at("calls"))).code).toBe(0);
  await writeFile(at("questions.csv"), "Question,Answer\nWhy?,because\n");
  expect(await evaluate("again", "--replay", at("calls"))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /calls\/base: expected these turns in the recording, found none; same task/,
    ) as string,
  });
  const storage = ["--storage", "bf16"];
  expect(await evaluate("other", tinyModel, ...engine, ...storage, "--record", at("calls"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("expected a recording of the same model, found another's") as string,
  });
  expect(await evaluate("none", "--replay", at("nowhere"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("expected a folder that --record wrote, found none") as string,
  });
  await writeFile(at("calls/base/model.json"), "{}");
  expect((await evaluate("broken", "--replay", at("calls"))).stderr).toContain("expected what --record wrote");
});

test("a replay takes no model and no tool", async () => {
  expect(await evaluate("o", tinyModel, "--replay", at("calls"), "--retriever", "http://x")).toMatchObject({
    code: 2,
    stderr: `pda: wrong arguments [E_USAGE]\n  --retriever: not with --replay\n  ${tinyModel}: not with --replay\n`,
  });
});
