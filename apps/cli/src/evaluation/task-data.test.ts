import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { builtInTasks } from "@prefdelta/eval";
import { afterEach, beforeEach, expect, test } from "vitest";

import { readTaskData } from "./task-data.ts";

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
    code: "E_FILE",
    message: expect.stringContaining("expected a file of the split train, got test.jsonl") as string,
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
    message: `--data ${join(folder, "none")}: expected a file or a folder, found nothing`,
  });
});
