import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import { createTitleIndex, runAgent, templateObservation } from "@prefdelta/eval";
import type { Retrieve, Transcript } from "@prefdelta/eval";
import { readCorpus } from "@prefdelta/eval/node";
import type { Item } from "@prefdelta/preference";
import type { Random } from "@prefdelta/random";

import { runInChunks } from "../chunks/run-in-chunks.ts";
import type { Reporter } from "../print/reporter.ts";
import { interrupted } from "../stages/interrupted.ts";
import type { AnswerSettings, Sampling, SearchSettings } from "./answer-settings.ts";
import { continueText } from "./continue-text.ts";

/** The search tool, its corpus read. */
export interface SearchTool {
  readonly settings: SearchSettings;
  readonly retrieve: Retrieve;
}

export async function openSearchTool(settings: SearchSettings, corpus: string): Promise<SearchTool> {
  return { settings, retrieve: createTitleIndex(await readCorpus(corpus)) };
}

export interface AnswerItemsOptions {
  /** What is being done, for the progress bar and for the message after Ctrl-C. */
  readonly label: string;
  readonly lm: CausalLm;
  readonly lora?: LoraWeights | undefined;
  readonly answers: AnswerSettings;
  readonly sampling: Sampling;
  readonly search?: SearchTool | undefined;
  readonly random: Random;
  /** File that keeps what is answered; with the same inputs a later call goes on from it. */
  readonly log: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** One model's answers to all items, in order. @throws CliError E_INTERRUPTED */
export async function answerItems(items: readonly Item[], options: AnswerItemsOptions): Promise<Transcript[]> {
  const { label, lm, lora, answers, sampling, search, random, log, reporter, signal } = options;
  const progress = reporter.progress(label, { total: items.length, unit: "answers" });
  const toolsOf = new Map(items.map(({ id, tools }) => [id, tools]));
  try {
    return await runInChunks(items, {
      size: answers.batch_size,
      log,
      progress,
      check() {
        if (signal.aborted) throw interrupted(label);
      },
      work: (chunk) =>
        runAgent(
          chunk.map(({ id, prompt }) => ({ id, prompt })),
          {
            continueText: continueText({
              ...{ lm, lora, sampling, random, batchSize: answers.batch_size },
              templateOf: (id) => ({ tools: toolsOf.get(id) }),
            }),
            maxNewTokens: answers.max_new_tokens,
            ...(search === undefined ? {} : searchOptions(search)),
          },
        ),
    });
  } finally {
    progress.stop();
  }
}

/** A search tool, as the agent takes it. */
export function searchOptions({ settings, retrieve }: SearchTool) {
  const { top_k, max_searches, max_new_tokens_after_search, observation } = settings;
  return {
    retrieve,
    topK: top_k,
    maxSearches: max_searches,
    ...(max_new_tokens_after_search === undefined ? {} : { maxNewTokensAfterSearch: max_new_tokens_after_search }),
    ...(observation === undefined ? {} : { formatObservation: templateObservation(observation) }),
  };
}
