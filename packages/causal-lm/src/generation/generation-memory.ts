import type { ModelConfig } from "../model/config.ts";
import type { StepBytes } from "../runtime/step-cache.ts";
import { embeddingBytes } from "../storage.ts";
import { roundLength } from "../training/layout.ts";
import {
  forwardStepBytes,
  headStepBytes,
  layerwiseBytes,
  type StepForm,
  type StepSize,
} from "../training/step-memory.ts";
import { mostCapacity } from "./cache-capacity.ts";

/** New tokens of each row of a batch, and the slots of the cache that they see; 0 without one. */
export interface ForwardShape {
  readonly rows: number;
  readonly tokens: number;
  readonly past: number;
}

/** Keys and values of all layers, of so many slots a row, in bytes. */
export const cacheBytes = (
  { layers, keyValueHeads, headDim }: ModelConfig,
  { rows, capacity }: { readonly rows: number; readonly capacity: number },
): number => 4 * 2 * layers * keyValueHeads * headDim * rows * capacity;

/** The same as steps over a layout are measured: rows that go on from nothing but the cache. */
export const forwardSize = ({ rows, tokens, past }: ForwardShape): StepSize => ({
  ...{ tokens: rows * tokens, prompts: { rows, tokens }, continuations: { rows: 0, tokens: 0 }, positions: rows },
  past,
});

/** What the largest step of a pass holds: of all layers in one, or of one that is read from the disk, or the head that is. */
function stepBytes(form: StepForm, layout: StepSize): StepBytes {
  if (!form.disk) return forwardStepBytes(form, layout);
  const head = form.config.tiedHead ? 0 : embeddingBytes(form.config, form.storage);
  const needs = layerwiseBytes(form, { layout, differentiates: false });
  return { needs: Math.max(needs, head + headStepBytes(form, layout).needs), keeps: 0 };
}

/**
 * A pass of new tokens, without the cache that it reads: what any forward step holds; what it is fed, which is the embedded tokens, their angles and
 * the mask; what it hands out, which is their keys and values, and logits after each row's last one, block by block and joined.
 */
export function forwardBytes(form: StepForm, { rows, tokens, past }: ForwardShape): StepBytes {
  const { hiddenSize, headDim, vocabSize } = form.config;
  const count = rows * tokens;
  const step = stepBytes(form, forwardSize({ rows, tokens, past }));
  const fed = 4 * count * (hiddenSize + headDim + past + tokens);
  const made = cacheBytes(form.config, { rows, capacity: tokens }) + 4 * 2 * rows * vocabSize;
  return { needs: step.needs + fed + made, keeps: step.keeps };
}

/** Prompts that are answered together. */
export interface GenerationSize {
  readonly rows: number;
  /** Tokens of the longest prompt. */
  readonly longest: number;
  readonly maxNewTokens: number;
}

/** A shorter part of a prompt is not worth a pass of its own. */
export const LEAST_PART = 64;

/**
 * The least that answering a batch takes at once, beside process and weights, where every answer is as long as it may be: its cache, and a decoding step, or LEAST_PART
 * tokens of one prompt, beside what all prompts begin with in a cache of its own.
 */
export function generationBytes(form: StepForm, { rows, longest, maxNewTokens }: GenerationSize): number {
  const { config } = form;
  const capacity = mostCapacity(longest, maxNewTokens);
  const part = { rows: 1, tokens: Math.min(LEAST_PART, roundLength(longest)), past: capacity };
  const shared = rows > 1 ? cacheBytes(config, { rows: 1, capacity: roundLength(longest) }) : 0;
  const step = forwardBytes(form, { rows, tokens: 1, past: capacity });
  return cacheBytes(config, { rows, capacity }) + Math.max(shared + forwardBytes(form, part).needs, step.needs);
}

/**
 * Tokens of a prompt that run at once: all of them where they fit what is left, else as large a power of two as does, and LEAST_PART in any case.
 *
 * @param prompt `capacity`: slots of the cache that is filled; `follows`: something is in it already, which the prompt sees even where it runs whole
 */
export function partSize(
  form: StepForm,
  prompt: { readonly tokens: number; readonly capacity: number; readonly follows: boolean },
  left: number,
): number {
  const { tokens, capacity, follows } = prompt;
  const fits = (tokens: number, past: number): boolean => forwardBytes(form, { rows: 1, tokens, past }).needs <= left;
  const whole = roundLength(tokens);
  if (whole <= LEAST_PART || fits(whole, follows ? capacity : 0)) return whole;
  let part = 2 ** Math.ceil(Math.log2(whole) - 1);
  while (part > LEAST_PART && !fits(part, capacity)) part /= 2;
  return part;
}
