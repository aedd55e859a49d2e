import { createRandom } from "@prefdelta/random";
import { capAnswers } from "./cap-answers.ts";
import type { Country } from "./facts/countries.ts";
import { loadCountries } from "./facts/countries.ts";
import { factDocuments } from "./facts/fact-sentences.ts";
import { factsQuestions } from "./facts/facts-questions.ts";
import type { Question, SkillName, Split } from "./question.ts";
import { searchQuestions } from "./search/search-questions.ts";
import { splitWords } from "./search/split-words.ts";
import type { Word } from "./search/words.ts";
import { loadWords } from "./search/words.ts";
import { drawSumsQuestions } from "./sums/sums-questions.ts";
import { hashOrder } from "./unit-hash.ts";

/** The entities with their splits: all that pretraining text and held-out questions are made from. */
export interface Dataset {
  readonly countries: readonly Country[];
  readonly words: Readonly<Record<Split, readonly Word[]>>;
}

export type HeldOut = Readonly<Record<SkillName, Readonly<Record<"dpo" | "dev" | "eval", readonly Question[]>>>>;

/** Questions per split. Facts has fewer for preference pairs: 29 countries yield 261. */
const sizes = { dpo: 384, dev: 120, eval: 400 } as const;
/** No gold answer is more than this share of the questions that are scored. */
const answerShare = 0.05;

export function loadDataset(): Dataset {
  const countries = loadCountries();
  return { countries, words: splitWords(loadWords(), countries.flatMap(factDocuments)) };
}

/** The questions for preference pairs (dpo), for tuned settings (dev) and for the final table (eval). */
export function heldOutQuestions({ countries, words }: Dataset): HeldOut {
  const facts = (split: Split): Question[] =>
    shuffled(countries.filter((country) => country.split === split).flatMap(factsQuestions));
  const search = (split: Split): Question[] => shuffled(words[split].flatMap(searchQuestions));
  return { facts: take(facts), sums: take(sums), search: take(search) };
}

/** As many different sums as any split needs, capped ones included. */
function sums(split: Split): Question[] {
  const questions = new Map<string, Question>();
  for (const question of drawSumsQuestions(split, createRandom("sums").fork(split))) {
    questions.set(question.id, question);
    if (questions.size === 4 * sizes.eval) break;
  }
  return [...questions.values()];
}

function take(questions: (split: Split) => Question[]): HeldOut[SkillName] {
  return {
    // What the models answer there becomes pairs, right or wrong: the gold answers are not used and need no cap.
    dpo: questions("dpo").slice(0, sizes.dpo),
    dev: capAnswers(questions("dev"), { count: sizes.dev, share: answerShare }),
    eval: capAnswers(questions("eval"), { count: sizes.eval, share: answerShare }),
  };
}

function shuffled(questions: readonly Question[]): Question[] {
  return hashOrder(questions, ({ id }) => `question ${id}`);
}
