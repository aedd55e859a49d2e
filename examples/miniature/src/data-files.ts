import type { Dataset } from "./dataset.ts";
import { heldOutQuestions, loadDataset } from "./dataset.ts";
import type { Question } from "./question.ts";
import { heldOutSplits, skillNames } from "./question.ts";
import { passageText } from "./search/passage.ts";

/** Name and content of every file under data/: items per skill and split, and the corpus to search. */
export function dataFiles(dataset: Dataset = loadDataset()): Map<string, string> {
  const questions = heldOutQuestions(dataset);
  const files = new Map<string, string>();
  for (const skill of skillNames) {
    for (const split of heldOutSplits)
      files.set(`${skill}.${split}.jsonl`, jsonLines(questions[skill][split].map(item)));
  }
  const words = Object.values(dataset.words).flat();
  const passages = words.map((word) => ({ id: word.name, contents: `${word.name}\n${passageText(word)}` }));
  files.set("passages.jsonl", jsonLines(passages.sort((a, b) => (a.id < b.id ? -1 : 1))));
  return files;
}

function item({ id, text, gold, entity }: Question): object {
  return { id, prompt: [{ role: "user", content: text }], answers: [gold], cluster: entity };
}

function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
