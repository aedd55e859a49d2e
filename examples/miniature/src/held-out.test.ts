import { describe, expect, test } from "vitest";
import { heldOutQuestions, loadDataset } from "./dataset.ts";
import { bridges } from "./facts/countries.ts";
import { documentStream } from "./pretraining/document-stream.ts";
import { rungNames } from "./pretraining/ladder.ts";
import { pretrainingPools } from "./pretraining/mixture.ts";
import type { Question, SkillName } from "./question.ts";
import { heldOutSplits, questionDocument } from "./question.ts";
import { wordsIn } from "./search/split-words.ts";
import { expressionSplit } from "./sums/expression.ts";

const dataset = loadDataset();
const heldOut = heldOutQuestions(dataset);

/** What a document gives away of the held-out questions; empty if nothing. */
function leaks(document: string): string[] {
  return [...leakedQuestion(document), ...leakedChain(document), ...leakedSum(document), ...leakedWord(document)];
}

const questionTexts = new Set(everyHeldOut().map(({ text }) => text));

function leakedQuestion(document: string): string[] {
  const asked = /<\|user\|>(.*?)<\|assistant\|>/.exec(document)?.[1] ?? "";
  return questionTexts.has(asked) ? [`question${asked}`] : [];
}

const heldOutCountries = dataset.countries.filter(({ split }) => split !== "pre");
const heldOutBridges = new Map(
  heldOutCountries.flatMap((country) => bridges.map((bridge) => [`${bridge} ${country[bridge]}?`, country.name])),
);

/** Two hops about a held-out country: asked by a bridge, or answered by both sentences in one document. */
function leakedChain(document: string): string[] {
  const asked = / has the country with (.*\?)<\|assistant\|>/.exec(document)?.[1] ?? "";
  const byBridge = heldOutBridges.get(asked);
  const bridged = / is the (?:capital|domain|code) of (.*?)\. The /.exec(document)?.[1];
  const byChain = heldOutCountries.find(({ name }) => name === bridged)?.name;
  return [byBridge, byChain].flatMap((name) => (name === undefined ? [] : [`two hops about ${name}`]));
}

/** Expressions of three and more operands; a worked step has two. */
function leakedSum(document: string): string[] {
  const expressions = document.match(/\d+(?:[+-]\d+){2,}/g) ?? [];
  return expressions.filter((text) => expressionSplit(text) !== "pre").map((text) => `sum ${text}`);
}

const heldOutWords = new Set(heldOutSplits.flatMap((split) => dataset.words[split]).map(({ name }) => name));

function leakedWord(document: string): string[] {
  return wordsIn(document).filter((word) => heldOutWords.has(word));
}

function everyHeldOut(skills: readonly SkillName[] = ["facts", "sums", "search"]): Question[] {
  return skills.flatMap((skill) => heldOutSplits.flatMap((split) => heldOut[skill][split]));
}

test("the check itself finds every held-out question, answered either way", () => {
  for (const question of everyHeldOut()) {
    for (const mode of ["direct", "worked"] as const) expect(leaks(questionDocument(question, mode))).not.toEqual([]);
  }
  // Without the question too: by its chain, its words, its sum.
  for (const { worked } of everyHeldOut(["facts", "search"])) expect(leaks(`${worked}<|end|>`)).not.toEqual([]);
  for (const { text } of everyHeldOut(["sums"])) expect(leaks(`${text}<|end|>`)).not.toEqual([]);
});

test("no held-out question, country's chain or word is in anything that pretraining can draw", () => {
  const { statements, facts, search, passages } = pretrainingPools(dataset);
  const answered = [...facts, ...search].flatMap((question) => [
    questionDocument(question, "direct"),
    questionDocument(question, "worked"),
  ]);
  expect([...statements, ...passages, ...answered].flatMap(leaks)).toEqual([]);
});

describe.each(rungNames)("%s", (rung) => {
  test.each([1, 2])("seed %i: nor in the first 20,000 documents it was trained on", (seed) => {
    const documents = documentStream(dataset, rung, seed).take(20_000);
    for (const document of documents) {
      const found = leaks(document);
      if (found.length > 0) expect.fail(`${document}: ${found.join()}`);
    }
  });
});
