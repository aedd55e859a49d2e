import { createRandom } from "@prefdelta/random";
import type { DpoConfig } from "../config.ts";
import { contentHashOf, createContentHash } from "../content-hash.ts";
import { DpoError } from "../errors.ts";
import { drawPrompts } from "../evaluation/draw-prompts.ts";
import type { EncodedPair } from "./encode-pair.ts";
import { encodeStream, type PairStream } from "./encode-stream.ts";
import { weighByLength } from "./length-weights.ts";
import type { PairCounts } from "./pair-counts.ts";
import { createPairFile } from "./pair-file.ts";
import { createPairList, type PairList } from "./pair-list.ts";
import type { PairTable } from "./pair-table.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";
import { PromptNumbers } from "./prompt-numbers.ts";
import type { TrainingPair } from "./training-pair.ts";

interface GivenPairs {
  readonly pairs: PairStream;
  /** Never trained on; without them, the settings' share of the pairs is. */
  readonly evaluationPairs?: PairStream | undefined;
}

interface PrepareOptions {
  readonly tokenizer: PairTokenizer;
  readonly config: DpoConfig;
  /** Holds the encoded pairs for the time of the run. */
  readonly folder: string;
  /** Pairs encoded so far, told now and then. */
  readonly onProgress?: ((pairs: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface PairPart {
  readonly pairs: PairList;
  readonly counts: PairCounts;
}

export interface TrainingData {
  readonly training: PairList;
  readonly counts: PairCounts;
  /** Absent where nothing is evaluated. */
  readonly evaluation?: PairPart;
  /** Of the pairs in words, those for evaluation last; of the tokens and masks that are trained on. */
  readonly hashes: { readonly data: string; readonly tokens: string };
  /** The pairs are gone then. */
  close(): Promise<void>;
}

/** @throws {DpoError} E_NO_PAIRS saying how many were left out and why */
function checkSome({ counts }: PairPart, what: string): void {
  if (counts.kept > 0) return;
  throw new DpoError("E_NO_PAIRS", `pairs — expected at least one to ${what}, got ${JSON.stringify(counts)}`);
}

const wordsOf = ({ prompt, chosen, rejected }: TrainingPair) => ({ prompt, chosen, rejected });

/** Pairs whose prompts are drawn from the rest, by the settings' val_size and seed. */
function splitTable(table: PairTable, prompts: number, { val_size, seed }: DpoConfig) {
  const random = createRandom(seed).fork("evaluation");
  const aside = drawPrompts(table.pairsOf(prompts), { size: val_size, random });
  return {
    training: table.select((prompt) => aside[prompt] === 0),
    evaluation: table.select((prompt) => aside[prompt] === 1),
  };
}

/**
 * Pairs as a run needs them: read once, encoded and kept in a file, those for evaluation set aside by prompt, tokens weighed where LD-DPO asks
 * for it. Memory: some 50 bytes a pair.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR, E_NO_PAIRS, E_ABORTED; E_CONFIG for an evaluation without pairs, or pairs without an evaluation; what the
 * streams throw
 */
export async function prepareData(given: GivenPairs, options: PrepareOptions): Promise<TrainingData> {
  const { tokenizer, config, folder, onProgress, signal } = options;
  const { ld_alpha, eval_strategy, val_size } = config;
  if (given.evaluationPairs && (val_size > 0 || eval_strategy === "no")) {
    const expected = val_size > 0 ? "val_size 0" : "eval_strategy steps or epoch";
    throw new DpoError("E_CONFIG", `evaluation pairs — expected ${expected} with pairs of their own`);
  }
  const file = await createPairFile(folder);
  try {
    const words = createContentHash();
    const encoding = {
      tokenizer,
      file,
      maxLength: config.max_length,
      maskObservations: config.mask_observations,
      truncation: config.truncation_mode,
      onProgress,
      signal,
    };
    const numbers = new PromptNumbers();
    const table = await encodeStream(given.pairs, {
      ...encoding,
      promptOf(pair) {
        words.add(wordsOf(pair));
        return val_size > 0 ? numbers.numberOf(JSON.stringify(pair.prompt)) : 0;
      },
    });
    const apart =
      given.evaluationPairs &&
      (await encodeStream(given.evaluationPairs, {
        ...encoding,
        promptOf(pair) {
          words.add({ evaluation: wordsOf(pair) });
          return 0;
        },
      }));
    const split = apart
      ? { training: table.select(() => true), evaluation: apart.select(() => true) }
      : splitTable(table, Math.max(1, numbers.count), config);
    const finish = (pair: EncodedPair): EncodedPair => (ld_alpha === null ? pair : weighByLength(pair, ld_alpha));
    const part = ({ places, counts }: ReturnType<PairTable["select"]>, purpose: string): PairPart => {
      const made = { pairs: createPairList(file, places, finish), counts };
      checkSome(made, purpose);
      return made;
    };
    const { pairs: training, counts } = part(split.training, "train on");
    const hashes = { data: words.digest(), tokens: await contentHashOf(training) };
    const data = { training, counts, hashes, close: () => file.close() };
    if (eval_strategy === "no") return data;
    if (split.evaluation.counts.given === 0) {
      const message = `eval_strategy ${eval_strategy} — expected pairs to evaluate on, or a val_size that sets some aside, got none`;
      throw new DpoError("E_CONFIG", message);
    }
    return { ...data, evaluation: part(split.evaluation, "evaluate on") };
  } catch (error) {
    await file.close();
    throw error;
  }
}
