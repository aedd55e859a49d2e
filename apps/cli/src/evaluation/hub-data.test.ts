import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { builtInTasks } from "@prefdelta/eval";
import { expect, test } from "vitest";

import { hubForTests } from "../__fixtures__/hub-for-tests.ts";
import { runPda } from "../__fixtures__/run-pda.ts";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { hubDatasets } from "./hub-data.ts";
import { readTaskData } from "./task-data.ts";

const own = hubForTests();

const lines = (...rows: readonly object[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const put = (name: string, files: Record<string, Buffer | string>): void =>
  void own.hub.repos.set(
    `datasets/${name}`,
    new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
  );
const brought = (): string[] =>
  own.hub.requests.flatMap((one) => /^GET .*\/resolve\/[^/]+\/(.*)/.exec(one)?.[1] ?? []).toSorted();
const task = (name: string, shots: number) => ({ ...builtInTasks(name)[0]!, num_fewshot: shots });
const read = (name: string, { shots = 0, data = "hub" } = {}) =>
  readTaskData(task(name, shots), { data, openHub: hubDatasets(process.env) });

test("a task's own data set: the configuration and the splits that are needed, once", async () => {
  put("cais/mmlu", {
    "README.md": "no front matter",
    "anatomy/test-00000-of-00001.jsonl": lines({ question: "Q", choices: ["a"], answer: 0 }),
    "anatomy/dev-00000-of-00001.jsonl": lines({ question: "E", choices: ["b"], answer: 0 }),
    "astronomy/test-00000-of-00001.jsonl": lines({ question: "other" }),
  });
  const { documents, fewshot } = await read("mmlu_anatomy", { shots: 1 });
  expect([documents, fewshot].map(([row]) => row!["question"])).toEqual(["Q", "E"]);
  const files = ["README.md", "anatomy/dev-00000-of-00001.jsonl", "anatomy/test-00000-of-00001.jsonl"];
  expect([...new Set(brought())]).toEqual(files);
  own.hub.requests.length = 0;
  await read("mmlu_anatomy");
  expect(brought()).toEqual([]);
});

test("a card says which files are which split; of several configurations the standard one is taken", async () => {
  const card = [
    "---",
    "configs:",
    "- config_name: other",
    "  data_files: [{split: train, path: x.jsonl}]",
    "- config_name: mine",
    "  default: true",
    "  data_files:",
    "  - {split: train, path: 'a/part-*.jsonl'}",
    "  - {split: validation, path: [b/one.jsonl, b/two.jsonl]}",
    "---",
    "# train, validation",
  ].join("\n");
  put("me/hellaswag", {
    ...{ "README.md": card, "x.jsonl": lines({ n: 0 }), "a/part-0.jsonl": lines({ n: 1 }) },
    ...{ "b/two.jsonl": lines({ n: 3 }), "b/one.jsonl": lines({ n: 2 }) },
  });
  const found = await read("hellaswag", { shots: 1, data: "hub:me/hellaswag@main" });
  expect(found).toEqual({ documents: [{ n: 2 }, { n: 3 }], fewshot: [{ n: 1 }] });
});

test("a configuration may be one file", async () => {
  const card = "---\nconfigs:\n- config_name: gpqa_diamond\n  data_files: gpqa_diamond.csv\n---\n";
  put("Idavidrein/gpqa", {
    "README.md": card,
    "gpqa_diamond.csv": "Question\nWhich?\n",
    "gpqa_main.csv": "Question\n",
  });
  expect((await read("gpqa_diamond_zeroshot")).documents).toEqual([{ Question: "Which?" }]);
});

test("pda eval asks a task of the Hub, and fails with what is missing there", async () => {
  put("openai/gsm8k", { "main/test.jsonl": lines({ question: "1 + 1?", answer: "#### 2" }) });
  const run = (out: string, ...more: string[]) =>
    runPda("eval", tinyModel, "--task", "gsm8k", "--out", join(own.folder, out), "--runtime", "onnx", ...more);
  expect((await run("none", "--data", "hub")).stderr).toMatch(
    /gsm8k: its 5 examples: openai\/gsm8k@main, configuration main: expected files of the split train, found main\/test\.jsonl; --fewshot.*\[E_INPUT\]/,
  );
  expect((await run("none", "--data", "hub:openai/none")).stderr).toMatch(/datasets\/openai\/none@main.*\[E_HUB\]/);
  expect(await run("out", "--data", "hub", "--num-fewshot", "0")).toMatchObject({ code: 0 });
  const sample = JSON.parse(
    await readFile(join(own.folder, "out", "samples_gsm8k.jsonl"), "utf8").then((text) => text.split("\n")[0]!),
  ) as object;
  expect(sample).toMatchObject({ doc: { question: "1 + 1?" } });
});

test("open questions may be files of the Hub", async () => {
  put("org/questions", { "bamboogle/test.csv": "Question,Answer\nWho?,nobody\n" });
  const args = ["--task", "bamboogle", "--max-new-tokens", "2", "--runtime", "onnx", "--out", join(own.folder, "out")];
  const data = "hf://datasets/org/questions/bamboogle/test.csv";
  expect(await runPda("eval", tinyModel, ...args, "--data", data)).toMatchObject({ code: 0 });
  expect((await runPda("eval", tinyModel, ...args, "--data", "hf://org/x")).stderr).toContain(
    "expected hf://datasets/",
  );
});
