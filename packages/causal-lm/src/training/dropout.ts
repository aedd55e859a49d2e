import type { Random } from "@prefdelta/random";
import type { HostTensor } from "@prefdelta/tfjs-onnx";
import type { Layout, PromptRow } from "./layout.ts";

/** Dropout on the input of every A, and of DoRA's W where it is scaled, as PEFT's `lora_dropout`: entries are zeroed at random, the others scaled by 1/(1 − p). */
export interface Dropout {
  /** p: 0 < p < 1. */
  readonly probability: number;
  /** What each row's entries are drawn from. */
  readonly randoms: readonly Random[];
}

/** A dropout that was drawn for a batch. */
export interface LoraDropout {
  /** p as it is drawn: a multiple of 2⁻¹⁶. */
  readonly probability: number;
  /** N */
  readonly tokens: number;
  /** The entries of a module's input that are left: bool [N, in]. The same at every call; none at padding. */
  readonly seen: (module: string, inFeatures: number) => HostTensor;
}

/** A 32-bit word decides two entries. */
const LEVELS = 2 ** 16;

function draw(seen: Uint8Array, random: Random, kept: number): void {
  for (let i = 0; i < seen.length; i += 2) {
    const word = random.next() * 2 ** 32;
    seen[i] = (word & (LEVELS - 1)) < kept ? 1 : 0;
    if (i + 1 < seen.length) seen[i + 1] = word >>> 16 < kept ? 1 : 0;
  }
}

/**
 * The masks of a batch. They depend on the row's random numbers, the module, and the token's place in its prompt or completion, and on nothing
 * else: not on padding, on the rows beside it, or on the order in which modules ask. A prompt has one mask for all its completions, since it is
 * computed once for them (PEFT, which computes it with each of them, draws another for each); its last token stands with the completions.
 *
 * Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html, in the inverted form of PEFT's LoRA layer.
 */
export function drawDropout(
  { probability, randoms }: Dropout,
  rows: readonly PromptRow[],
  { tokens, prompts, continuations }: Pick<Layout, "tokens" | "prompts" | "continuations">,
): LoraDropout {
  const kept = Math.min(LEVELS, Math.max(1, Math.round((1 - probability) * LEVELS)));
  const slots = continuations.rows / prompts.rows;
  return {
    probability: 1 - kept / LEVELS,
    tokens,
    seen(module, inFeatures) {
      const data = new Uint8Array(tokens * inFeatures);
      const drawTokens = (start: number, count: number, random: Random): void =>
        draw(data.subarray(start * inFeatures, (start + count) * inFeatures), random, kept);
      rows.forEach(({ prompt, completions }, row) => {
        const random = randoms[row]!.fork(module);
        drawTokens(row * prompts.tokens, prompt.length - 1, random.fork("prompt"));
        completions.forEach(({ ids }, k) => {
          const start = prompts.rows * prompts.tokens + (row * slots + k) * continuations.tokens;
          drawTokens(start, ids.length, random.fork("completion", k));
        });
      });
      return { dtype: "bool", shape: [tokens, inFeatures], data };
    },
  };
}
