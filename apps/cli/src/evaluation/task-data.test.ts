import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { builtInTasks } from "@prefdelta/eval";
import { afterEach, beforeEach, expect, test } from "vitest";

import { hubDatasets } from "./hub-data.ts";
import { readTaskData as read } from "./task-data.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-data-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
type Task = Parameters<typeof read>[0];
const readTaskData = (task: Task, data: string, fewshot?: string) =>
  read(task, { data, fewshot, openHub: hubDatasets({ HF_HUB_OFFLINE: "1" }) });
const mmlu = { ...builtInTasks("mmlu_anatomy")[0]!, num_fewshot: 1 };
const gsm8k = builtInTasks("gsm8k")[0]!;

test("MMLU lies as its authors publish it, or as the Hub has it", async () => {
  await write("test/anatomy_test.csv", "Q1,a,b,c,d,C\n");
  await write("dev/anatomy_dev.csv", "Q0,a,b,c,d,A\n");
  const published = await readTaskData(mmlu, folder);
  expect(published.documents).toEqual([{ question: "Q1", choices: ["a", "b", "c", "d"], answer: 2 }]);
  expect(published.fewshot).toEqual([{ question: "Q0", choices: ["a", "b", "c", "d"], answer: 0 }]);
  const hub = join(folder, "hub");
  await write("hub/anatomy/test-00000-of-00001.jsonl", '{"question": "H1"}\n');
  await write("hub/anatomy/dev-00000-of-00001.jsonl", '{"question": "H0"}\n');
  await write("hub/astronomy/test-00000-of-00001.jsonl", '{"question": "other"}\n');
  expect(await readTaskData(mmlu, hub)).toEqual({ documents: [{ question: "H1" }], fewshot: [{ question: "H0" }] });
});

test("examples of a file are its own; of a folder the few-shot split's, read only if there are any", async () => {
  const file = await write("test.jsonl", '{"question": "1", "answer": "#### 1"}\n');
  const rows = [{ question: "1", answer: "#### 1" }];
  expect(await readTaskData(gsm8k, file)).toEqual({ documents: rows, fewshot: rows });
  expect(await readTaskData({ ...gsm8k, num_fewshot: 0 }, folder)).toEqual({ documents: rows, fewshot: [] });
  await expect(readTaskData(gsm8k, folder)).rejects.toMatchObject({
    code: "E_INPUT",
    message: expect.stringMatching(
      /gsm8k: its 5 examples: .*expected a file of the split train, got test.jsonl; --fewshot PATH says where/,
    ) as string,
  });
});

test("a task without a test split is tested on its validation split", async () => {
  await write("validation.jsonl", '{"a": 1}\n');
  const hellaswag = builtInTasks("hellaswag")[0]!;
  expect((await readTaskData(hellaswag, folder)).documents).toEqual([{ a: 1 }]);
  const without = { ...hellaswag, validation_split: null };
  await expect(readTaskData(without, folder)).rejects.toMatchObject({ code: "E_INPUT" });
});

test("GPQA's subsets are files of one folder", async () => {
  await write("gpqa_main.csv", "Question\nmain\n");
  await write("gpqa_diamond.csv", "Question\ndiamond\n");
  const diamond = builtInTasks("gpqa_diamond_zeroshot")[0]!;
  expect((await readTaskData(diamond, folder)).documents).toEqual([{ Question: "diamond" }]);
});

test("what is not there is told", async () => {
  await expect(readTaskData(gsm8k, join(folder, "none"))).rejects.toMatchObject({
    code: "E_INPUT",
    message: `--data ${join(folder, "none")}: expected a file, a folder, or hub:NAMESPACE/NAME, found nothing`,
  });
});

test("BIG-Bench Hard lies as its authors publish it, its examples elsewhere", async () => {
  const row = { input: "2 + 2 =", target: "4" };
  await write("bbh/object_counting.json", JSON.stringify({ canary: "x", examples: [row] }));
  const step = "A: Let's think step by step.";
  await write("cot-prompts/object_counting.txt", `note\n-----\nCount.\n\nQ: 1 + 1 =\n${step}\nSo the answer is 2.\n`);
  const task = builtInTasks("bbh_cot_fewshot_object_counting")[0]!;
  const [data, prompts] = [join(folder, "bbh"), join(folder, "cot-prompts")];
  const example = { input: "1 + 1 =", cot: "So the answer is 2.", target: "2" };
  expect(await readTaskData(task, data, prompts)).toEqual({ documents: [row], fewshot: [example] });
  const file = join(prompts, "object_counting.txt");
  expect((await readTaskData(task, join(data, "object_counting.json"), file)).fewshot).toEqual([example]);
  expect(await readTaskData({ ...task, num_fewshot: 0 }, data)).toEqual({ documents: [row], fewshot: [] });
});

test("examples of the task itself are not looked for", async () => {
  await write("test.jsonl", '{"question": "1", "answer": "#### 1"}\n');
  const task = { ...gsm8k, fewshot_config: { ...gsm8k.fewshot_config, samples: [{ question: "s", answer: "t" }] } };
  expect((await readTaskData(task, folder)).fewshot).toEqual([]);
});

test("the Hub is not asked where it may not be", async () => {
  await expect(readTaskData(gsm8k, "hub")).rejects.toMatchObject({ code: "E_INPUT" });
});
