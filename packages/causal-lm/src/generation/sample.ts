import type { Random } from "@prefdelta/random";

export interface Sampling {
  /** 0 is greedy. */
  readonly temperature?: number;
  /** Smallest set of tokens whose probabilities reach topP (nucleus sampling, https://arxiv.org/abs/1904.09751). */
  readonly topP?: number;
  /** At most this many most likely tokens. */
  readonly topK?: number;
}

/** The first of the largest logits, as torch.argmax on a CPU. */
function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

/** Ids by descending logit, equal ones by id. */
const ranked = (logits: Float32Array): Uint32Array =>
  Uint32Array.from(logits, (_, id) => id).sort((a, b) => logits[b]! - logits[a]! || a - b);

/** One token from softmax(logits / temperature), after top-k, then top-p, as transformers orders them. logits: [vocab]. */
export function sampleToken(
  logits: Float32Array,
  { temperature = 0, topP = 1, topK = 0 }: Sampling,
  random: Random,
): number {
  const best = argmax(logits);
  if (temperature === 0) return best;
  const weight = (id: number): number => Math.exp((logits[id]! - logits[best]!) / temperature);
  const isWhole = topP >= 1 && topK <= 0;
  let ids: ArrayLike<number> = isWhole ? { length: logits.length } : ranked(logits);
  if (topK > 0) ids = (ids as Uint32Array).subarray(0, topK);
  const idAt = (i: number): number => (isWhole ? i : ids[i]!);
  let total = 0;
  for (let i = 0; i < ids.length; i++) total += weight(idAt(i));
  let kept = ids.length;
  if (topP < 1) {
    let mass = 0;
    for (kept = 0; kept < ids.length && mass < topP * total; kept++) mass += weight(idAt(kept));
    total = mass;
  }
  let rest = random.next() * total;
  for (let i = 0; i < kept; i++) {
    rest -= weight(idAt(i));
    if (rest < 0) return idAt(i);
  }
  return idAt(kept - 1);
}
