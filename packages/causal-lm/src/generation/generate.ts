import { createRandom, type Random } from "@prefdelta/random";
import type { CausalLm } from "../causal-lm.ts";
import { CausalLmError } from "../errors.ts";
import type { LoraWeights } from "../lora.ts";
import { withRowNorms } from "../row-norms.ts";
import { activationBudget } from "../training/memory-budget.ts";
import { loraBytes } from "../training/step-memory.ts";
import { initialCapacity, mostCapacity, rowsFor } from "./cache-capacity.ts";
import { type Cut, cutRows } from "./cut-rows.ts";
import { forward } from "./forward.ts";
import { cacheBytes, generationBytes } from "./generation-memory.ts";
import { append, createCache, type KeyValueCache, releaseCache, repack } from "./key-value-cache.ts";
import { prefill } from "./prefill.ts";
import { sampleToken, type Sampling } from "./sample.ts";

export interface GenerateOptions extends Sampling {
  readonly maxNewTokens: number;
  readonly lora?: LoraWeights;
  /** Tokens that end an answer, besides the tokenizer's end-of-turn token; they stay in the answer. */
  readonly stopIds?: readonly number[];
  /** Texts that end an answer as soon as they appear; they stay in the answer, with whatever else their last token carried. */
  readonly stopStrings?: readonly string[];
  /** Sampling draws from forks by prompt index and step: an answer depends on neither its batch nor its neighbours. */
  readonly random?: Random;
  /** Prompts decoded together: 64, or fewer where the model's memory does not hold so many. */
  readonly batchSize?: number;
  readonly onProgress?: (promptsDone: number) => void;
}

export interface Generated {
  /** New tokens, the stopping one included. */
  readonly ids: number[];
  readonly text: string;
  /** What ended it: the end-of-turn token, a stop id or string, or the token limit. */
  readonly stop: "eos" | "stop" | "length";
}

interface Answer {
  readonly prompt: number;
  readonly ids: number[];
  stop: Generated["stop"] | undefined;
}

function stopOf(lm: CausalLm, { ids }: Answer, options: GenerateOptions): Generated["stop"] | undefined {
  const last = ids.at(-1)!;
  if (last === lm.tokenizer.eosId) return "eos";
  if (options.stopIds?.includes(last)) return "stop";
  const strings = options.stopStrings ?? [];
  if (strings.length > 0) {
    const text = lm.tokenizer.decode(ids);
    if (strings.some((stop) => text.includes(stop))) return "stop";
  }
  return ids.length >= options.maxNewTokens ? "length" : undefined;
}

/** Where an answer's next logits are. */
interface Turn {
  readonly answer: Answer;
  readonly row: number;
}

/** Takes one token an unfinished answer from the logits of its row. */
function takeTokens(
  lm: CausalLm,
  { turns, logits }: { turns: readonly Turn[]; logits: Float32Array },
  options: GenerateOptions,
): void {
  const { vocabSize } = lm.config;
  const random = options.random ?? createRandom(0);
  turns.forEach(({ answer, row }) => {
    const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    answer.ids.push(sampleToken(own, options, random.fork(answer.prompt, answer.ids.length)));
    answer.stop = stopOf(lm, answer, options);
  });
}

interface Batch {
  live: Answer[];
  cache: KeyValueCache;
  /** Slots a row at most. */
  readonly room: number;
  /** Bytes of the cache; nothing where the model's memory has no bounds. */
  readonly held: number;
}

/** Lets finished rows go once half of the batch is done, and makes room where a row's cache is full. */
function fit(lm: CausalLm, batch: Batch): void {
  const chosen = batch.live.flatMap((answer, row) => (answer.stop === undefined ? [row] : []));
  const fullest = Math.max(...chosen.map((row) => batch.cache.lengths[row]!));
  const capacity =
    fullest < batch.cache.capacity ? batch.cache.capacity : Math.min(2 * batch.cache.capacity, batch.room);
  if (chosen.length > batch.cache.rows / 2 && capacity === batch.cache.capacity) return;
  const rows = chosen.length <= batch.cache.rows / 2 ? rowsFor(chosen.length) : batch.cache.rows;
  const keep = chosen.length <= batch.cache.rows / 2 ? chosen : batch.live.map((_, row) => row);
  batch.cache = repack(lm.config, batch.cache, { chosen: keep, rows, capacity });
  batch.live = keep.map((row) => batch.live[row]!);
}

async function decodeStep(lm: CausalLm, batch: Batch, options: GenerateOptions): Promise<void> {
  fit(lm, batch);
  const { cache, live } = batch;
  const ids = Int32Array.from({ length: cache.rows }, (_, row) => live[row]?.ids.at(-1) ?? 0);
  const isLive = Int32Array.from({ length: cache.rows }, (_, row) =>
    live[row]?.stop === undefined && live[row] ? 1 : 0,
  );
  const input = { rows: cache.rows, tokens: 1, ids, lengths: isLive };
  const forwarded = await forward(lm, input, { cache, lora: options.lora, held: batch.held });
  append(cache, { ...forwarded, counts: isLive });
  const turns = live.map((answer, row) => ({ answer, row })).filter(({ answer }) => answer.stop === undefined);
  takeTokens(lm, { turns, logits: forwarded.logits }, options);
}

/** Prompts that are decoded together, and their places among all. */
interface Together extends Cut {
  readonly prompts: readonly (readonly number[])[];
  /** Bytes beside process and weights; Infinity where nothing was said. */
  readonly left: number;
  /** Whether answers as long as may be are known to fit. */
  readonly fits: boolean;
}

async function generateBatch(
  lm: CausalLm,
  { start, prompts, left, fits }: Together,
  options: GenerateOptions,
): Promise<Answer[]> {
  const answers: Answer[] = prompts.map((_, i) => ({ prompt: start + i, ids: [], stop: undefined }));
  const longest = longestOf(prompts);
  const rows = prompts.length;
  const isBounded = left < Infinity;
  const room = isBounded ? mostCapacity(longest, options.maxNewTokens) : Infinity;
  const capacity = Math.min(initialCapacity(longest), room);
  // Untouched memory is not taken yet. Where all of it would be too much, answers may end long before.
  const cache = createCache(lm.config, { rows, capacity, room: isBounded && fits ? room : capacity });
  const held = isBounded ? cacheBytes(lm.config, { rows, capacity: room }) : 0;
  for await (const { start, end, logits } of prefill(lm, {
    cache,
    prompts,
    lora: options.lora,
    held,
    left: left - held,
  })) {
    const turns = answers.slice(start, end).map((answer, row) => ({ answer, row }));
    takeTokens(lm, { turns, logits }, options);
  }
  const batch: Batch = { live: answers, cache, room, held };
  while (answers.some(({ stop }) => stop === undefined)) await decodeStep(lm, batch, options);
  releaseCache(batch.cache);
  return answers;
}

const longestOf = (prompts: readonly (readonly number[])[]): number => Math.max(...prompts.map(({ length }) => length));

/** What a model's memory leaves for answers, which a LoRA takes its part of. */
function leftFor(lm: CausalLm, lora: LoraWeights | undefined): number {
  if (lm.memoryBytes === undefined) return Infinity;
  return activationBudget(lm) - (lora ? loraBytes(lora) : 0);
}

/**
 * Continues every prompt, batch by batch, with a key-value cache. Batches are cut from the prompts in the order given, so large that caches, prompts and steps
 * fit the model's `memoryBytes`. A prompt that does not fit alone, with as long an answer as may be, runs all the same, and the model's `onShortage` is told.
 *
 * @throws {CausalLmError} E_TOKENS for an empty prompt or an id outside the vocabulary.
 */
export async function generate(
  lm: CausalLm,
  prompts: readonly (readonly number[])[],
  given: GenerateOptions,
): Promise<Generated[]> {
  const empty = prompts.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new CausalLmError("E_TOKENS", `generate: prompt ${empty} — expected tokens, got none`);
  const { batchSize = 64, onProgress, lora, maxNewTokens } = given;
  const options = lora ? { ...given, lora: await withRowNorms(lm, lora) } : given;
  const left = leftFor(lm, options.lora);
  const needed = ({ start, end }: Cut): number =>
    generationBytes(lm, { rows: end - start, longest: longestOf(prompts.slice(start, end)), maxNewTokens });
  const results: Generated[] = [];
  for (const cut of cutRows(prompts.length, (run) => run.end - run.start <= batchSize && needed(run) <= left)) {
    const fits = needed(cut) <= left;
    if (!fits) lm.onShortage?.(needed(cut), left);
    const batch = { ...cut, prompts: prompts.slice(cut.start, cut.end), left, fits };
    for (const { ids, stop } of await generateBatch(lm, batch, options)) {
      results.push({ ids, text: lm.tokenizer.decode(ids), stop: stop! });
    }
    onProgress?.(results.length);
  }
  return results;
}
