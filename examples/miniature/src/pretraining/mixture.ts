import type { Random } from "@prefdelta/random";
import { choice } from "@prefdelta/random";
import type { Dataset } from "../dataset.ts";
import { factDocuments } from "../facts/fact-sentences.ts";
import { factsQuestions } from "../facts/facts-questions.ts";
import type { AnswerMode, Question, SkillName } from "../question.ts";
import { questionDocument } from "../question.ts";
import { observation } from "../search/passage.ts";
import { searchQuestions } from "../search/search-questions.ts";
import { drawSumsQuestions } from "../sums/sums-questions.ts";
import { unitHash } from "../unit-hash.ts";

/** What a document may be: a single fact, a question of one of the three skills, or a bare passage. */
export const sourceNames = ["statements", "facts", "sums", "search", "passages"] as const;
type SourceName = (typeof sourceNames)[number];

export interface Mixture {
  /** How often each source is drawn, relative to the others; absent = never. */
  readonly weights: Readonly<Partial<Record<SourceName, number>>>;
  /** The share of each skill's questions answered in the worked way. */
  readonly worked: Readonly<Record<SkillName, number>>;
}

/** All that pretraining may draw from, but for the sums, which are too many to list. */
export interface Pools {
  readonly statements: readonly string[];
  readonly facts: readonly Question[];
  readonly search: readonly Question[];
  readonly passages: readonly string[];
}

/** Everything is of the pre split, except the single facts: those of all countries are here. */
export function pretrainingPools({ countries, words }: Dataset): Pools {
  return {
    statements: countries.flatMap(factDocuments),
    facts: countries.filter(({ split }) => split === "pre").flatMap(factsQuestions),
    search: words.pre.flatMap(searchQuestions),
    passages: words.pre.map((word) => `${observation(word)}<|end|>`),
  };
}

/** An endless stream of pretraining documents. */
export function* drawDocuments(dataset: Dataset, mixture: Mixture, random: Random): Generator<string, never> {
  const draw = createSources(pretrainingPools(dataset), mixture.worked, random);
  for (;;) yield draw[drawSource(mixture.weights, random)]();
}

function createSources(pools: Pools, worked: Mixture["worked"], random: Random): Record<SourceName, () => string> {
  const sums = drawSumsQuestions("pre", random);
  const draw = (skill: SkillName): AnswerMode => (random.next() < worked[skill] ? "worked" : "direct");
  // Where both modes occur, a word has one of them.
  const mixed = worked.search > 0 && worked.search < 1;
  const ofMode = (mode: AnswerMode): readonly Question[] =>
    mixed ? pools.search.filter((question) => searchMode(question) === mode) : pools.search;
  const search = { direct: ofMode("direct"), worked: ofMode("worked") };
  return {
    statements: () => choice(random, pools.statements),
    facts: () => questionDocument(choice(random, pools.facts), draw("facts")),
    sums: () => questionDocument(sums.next().value, draw("sums")),
    search: () => {
      const mode = draw("search");
      return questionDocument(choice(random, search[mode]), mode);
    },
    passages: () => choice(random, pools.passages),
  };
}

/**
 * Where both modes occur, half of the words are only ever answered from memory and half only by searching;
 * a model that saw a word in both would answer from memory and never learn to read the passage.
 */
function searchMode({ entity }: Question): AnswerMode {
  return unitHash(`search mode ${entity}`) < 0.5 ? "worked" : "direct";
}

function drawSource(weights: Mixture["weights"], random: Random): SourceName {
  const total = sourceNames.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  let left = random.next() * total;
  for (const name of sourceNames) {
    left -= weights[name] ?? 0;
    if (left < 0) return name;
  }
  throw new RangeError("drawSource: expected a weight above 0, got none");
}
