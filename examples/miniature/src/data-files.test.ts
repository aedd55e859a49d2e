import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { dataFiles } from "./data-files.ts";
import { heldOutQuestions, loadDataset } from "./dataset.ts";
import { heldOutSplits, skillNames } from "./question.ts";
import { wordsIn } from "./search/split-words.ts";

const dataset = loadDataset();
const questions = heldOutQuestions(dataset);
const folder = new URL("../data/", import.meta.url);

test("the committed files are what the makers produce", async () => {
  const files = dataFiles(dataset);
  const committed = (await readdir(folder)).filter((name) => name.endsWith(".jsonl"));
  expect(committed.toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files) expect(await readFile(new URL(name, folder), "utf8")).toBe(text);
});

describe.each(skillNames)("%s", (skill) => {
  const splits = questions[skill];

  test("has questions enough for pairs, for tuning and for the table", () => {
    expect(splits.dpo.length).toBeGreaterThanOrEqual(228);
    expect(splits.dev.length).toBeGreaterThanOrEqual(100);
    expect(splits.eval.length).toBeGreaterThanOrEqual(400);
  });

  test("no gold answer is more than 5 % of the questions scored", () => {
    for (const scored of [splits.dev, splits.eval]) {
      const counts = Map.groupBy(scored, ({ gold }) => gold);
      for (const { length } of counts.values()) expect(length / scored.length).toBeLessThanOrEqual(0.05);
    }
  });

  test("every question is asked once, and no entity is in two splits", () => {
    const all = heldOutSplits.flatMap((split) => splits[split]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
    const entities = heldOutSplits.map((split) => new Set(splits[split].map(({ entity }) => entity)));
    const union = entities.reduce((whole, one) => whole.union(one), new Set());
    expect(union.size).toBe(entities.reduce((sum, { size }) => sum + size, 0));
  });
});

test("a line is a prompt with its accepted answers and its cluster", () => {
  const files = dataFiles(dataset);
  const [first] = questions.sums.dev;
  expect(JSON.parse(files.get("sums.dev.jsonl")?.split("\n")[0] ?? "")).toEqual({
    id: first?.id,
    prompt: [{ role: "user", content: first?.text }],
    answers: [first?.gold],
    cluster: first?.entity,
  });
});

test("the corpus holds the passage of every word asked about, and its gold answers", () => {
  const lines = (dataFiles(dataset).get("passages.jsonl") ?? "").trimEnd().split("\n");
  const passages = new Map(
    lines.map((line) => JSON.parse(line) as { id: string; contents: string }).map(({ id, contents }) => [id, contents]),
  );
  expect(passages.size).toBe(lines.length);
  for (const split of heldOutSplits) {
    for (const { entity, gold } of questions.search[split]) {
      const contents = passages.get(entity) ?? "";
      expect(contents.split("\n")[0]).toBe(entity);
      for (const word of wordsIn(gold)) expect(wordsIn(contents)).toContain(word);
    }
  }
});
