import { createRandom, type Random } from "@prefdelta/random";
import type { CausalLm } from "../causal-lm.ts";
import { CausalLmError } from "../errors.ts";
import type { LoraWeights } from "../lora.ts";
import { withRowNorms } from "../row-norms.ts";
import { forward, type Forwarded, padRight } from "./forward.ts";
import { append, createCache, type KeyValueCache, repack } from "./key-value-cache.ts";
import { sampleToken, type Sampling } from "./sample.ts";
import { computePrefix, sharedLength } from "./shared-prefix.ts";

export interface GenerateOptions extends Sampling {
  readonly maxNewTokens: number;
  readonly lora?: LoraWeights;
  /** Tokens that end an answer, besides the tokenizer's end-of-turn token; they stay in the answer. */
  readonly stopIds?: readonly number[];
  /** Texts that end an answer as soon as they appear; they stay in the answer, with whatever else their last token carried. */
  readonly stopStrings?: readonly string[];
  /** Sampling draws from forks by prompt index and step: an answer depends on neither its batch nor its neighbours. */
  readonly random?: Random;
  /** Prompts decoded together. */
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

/** Decoding keeps room for this many tokens at a time; a full cache is made twice as large. */
const initialCapacity = (longestPrompt: number): number => Math.max(64, 2 ** Math.ceil(Math.log2(longestPrompt + 16)));

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
}

/** Runs the prompts; what all of them begin with only once. */
async function prefill(
  lm: CausalLm,
  prompts: readonly (readonly number[])[],
  { lora }: GenerateOptions,
): Promise<{ readonly cache: KeyValueCache; readonly forwarded: Forwarded }> {
  const rows = prompts.length;
  const adapted = lora ? { lora } : {};
  const cache = createCache(lm.config, rows, initialCapacity(Math.max(...prompts.map(({ length }) => length))));
  const shared = sharedLength(prompts);
  if (shared > 0) {
    const { keys, values } = await computePrefix(lm, prompts[0]!.slice(0, shared), lora);
    append(cache, { keys, values, counts: new Int32Array(rows).fill(shared) });
  }
  const own = padRight(prompts.map((prompt) => prompt.slice(shared)));
  const forwarded = await forward(lm, own, shared > 0 ? { cache, ...adapted } : adapted);
  append(cache, { ...forwarded, counts: own.lengths });
  return { cache, forwarded };
}

/** Lets finished rows go once half of the batch is done, and makes room where a row's cache is full. */
function fit(lm: CausalLm, batch: Batch): void {
  const chosen = batch.live.flatMap((answer, row) => (answer.stop === undefined ? [row] : []));
  const fullest = Math.max(...chosen.map((row) => batch.cache.lengths[row]!));
  const capacity = fullest < batch.cache.capacity ? batch.cache.capacity : 2 * batch.cache.capacity;
  if (chosen.length > batch.cache.rows / 2 && capacity === batch.cache.capacity) return;
  const rows = chosen.length <= batch.cache.rows / 2 ? 2 ** Math.ceil(Math.log2(chosen.length)) : batch.cache.rows;
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
  const forwarded = await forward(lm, input, { cache, ...(options.lora ? { lora: options.lora } : {}) });
  append(cache, { ...forwarded, counts: isLive });
  const turns = live.map((answer, row) => ({ answer, row })).filter(({ answer }) => answer.stop === undefined);
  takeTokens(lm, { turns, logits: forwarded.logits }, options);
}

async function generateBatch(
  lm: CausalLm,
  prompts: readonly { readonly index: number; readonly ids: readonly number[] }[],
  options: GenerateOptions,
): Promise<Answer[]> {
  const answers: Answer[] = prompts.map(({ index }) => ({ prompt: index, ids: [], stop: undefined }));
  const { cache, forwarded } = await prefill(
    lm,
    prompts.map(({ ids }) => ids),
    options,
  );
  const turns = answers.map((answer, row) => ({ answer, row }));
  takeTokens(lm, { turns, logits: forwarded.logits }, options);
  const batch: Batch = { live: answers, cache };
  while (answers.some(({ stop }) => stop === undefined)) await decodeStep(lm, batch, options);
  return answers;
}

/**
 * Continues every prompt, batch by batch, with a key-value cache. Batches are cut from the prompts in the order given.
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
  const { batchSize = 64, onProgress, lora } = given;
  const options = lora ? { ...given, lora: await withRowNorms(lm, lora) } : given;
  const results: Generated[] = [];
  for (let start = 0; start < prompts.length; start += batchSize) {
    const batch = prompts.slice(start, start + batchSize).map((ids, i) => ({ index: start + i, ids }));
    for (const { ids, stop } of await generateBatch(lm, batch, options)) {
      results.push({ ids, text: lm.tokenizer.decode(ids), stop: stop! });
    }
    onProgress?.(results.length);
  }
  return results;
}
