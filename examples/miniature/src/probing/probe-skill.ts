import type { CausalLm } from "@prefdelta/causal-lm";
import type { Retrieve, Transcript } from "@prefdelta/eval";
import { extractAnswer, isExactMatch, modelText, runAgent, templateObservation } from "@prefdelta/eval";
import type { Item } from "@prefdelta/preference";
import { createRandom } from "@prefdelta/random";
import type { SkillName } from "../question.ts";
import type { ContinueWithOptions } from "./continue-with.ts";
import { continueWith } from "./continue-with.ts";
import { isWorked, workedOpening } from "./worked-opening.ts";

/** Shares of the questions. */
export interface SkillProbe {
  /** Right, greedily. */
  readonly greedy: number;
  /** Worked out, greedily, right or wrong. */
  readonly worked: number;
  /** Right at temperature 1, mean of three draws. */
  readonly sampled: number;
  /** Right, greedily, given the first words of the worked answer. */
  readonly latent: number;
}

/** As in recipe.yaml: seven worked sums take up to 60 tokens, an answer after a search few. */
const agent = {
  topK: 1,
  maxSearches: 1,
  maxNewTokens: 64,
  maxNewTokensAfterSearch: 24,
  formatObservation: templateObservation("<information> {title}. {text}</information>"),
};

export interface ProbeOptions {
  readonly items: readonly Item[];
  readonly retrieve: Retrieve;
}

const answersOf = (
  lm: CausalLm,
  { items, retrieve }: ProbeOptions,
  options?: ContinueWithOptions,
): Promise<Transcript[]> => runAgent(items, { ...agent, retrieve, continueText: continueWith(lm, options) });

const rightOf = (items: readonly Item[], transcripts: readonly Transcript[]): number =>
  share(items, ({ answers = [] }, i) => isExactMatch(answerOf(transcripts[i]), answers));

/** Share of the items answered right, greedily. */
export async function shareRight(lm: CausalLm, options: ProbeOptions): Promise<number> {
  return rightOf(options.items, await answersOf(lm, options));
}

export async function probeSkill(
  lm: CausalLm,
  skill: SkillName,
  { items, retrieve }: ProbeOptions,
): Promise<SkillProbe> {
  const run = (options?: ContinueWithOptions): Promise<Transcript[]> => answersOf(lm, { items, retrieve }, options);
  const right = (transcripts: readonly Transcript[]): number => rightOf(items, transcripts);
  const questions = new Map(items.map(({ id, prompt }) => [id, prompt[0]?.content ?? ""]));

  const greedy = await run();
  const draws: number[] = [];
  for (const draw of [1, 2, 3]) draws.push(right(await run({ random: createRandom("probe").fork(draw) })));
  const forced = await run({ opening: (id) => workedOpening(skill, questions.get(id) ?? "") });
  return {
    greedy: right(greedy),
    worked: share(greedy, (transcript) => isWorked(modelText(transcript))),
    sampled: draws.reduce((sum, one) => sum + one, 0) / draws.length,
    latent: right(forced),
  };
}

function answerOf(transcript: Transcript | undefined): string | null {
  return transcript === undefined ? null : extractAnswer(modelText(transcript));
}

function share<T>(items: readonly T[], holds: (item: T, index: number) => boolean): number {
  return items.filter(holds).length / items.length;
}
