import { float32, type HostArray, type HostTensor, scalesOf } from "@prefdelta/tfjs-onnx";
import { type CausalLm, embeddingOf, type WeightStorage } from "./causal-lm.ts";
import { CausalLmError } from "./errors.ts";
import { EMBEDDING } from "./model/weights.ts";
import { widenWords, type WordStorage } from "./storage.ts";

/**
 * Rows of the embedding table: [ids.length, hidden]. Frozen models look tokens up here, so that no step widens the whole table.
 *
 * @throws {CausalLmError} E_TOKENS for an id outside the vocabulary.
 */
export function embed(lm: CausalLm, ids: ArrayLike<number>): HostTensor {
  const { hiddenSize, vocabSize } = lm.config;
  const { data } = embeddingOf(lm);
  const scales = lm.weights.get(scalesOf(EMBEDDING))?.data;
  const rows = new Float32Array(ids.length * hiddenSize);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id >= 0 && id < vocabSize)) {
      throw new CausalLmError("E_TOKENS", `embed: token ${i} — expected an id below ${vocabSize}, got ${id}`);
    }
    const stored = data.subarray(id * hiddenSize, (id + 1) * hiddenSize);
    const row = rowOf(stored, lm.storage);
    rows.set(row, i * hiddenSize);
    if (scales) for (let j = 0; j < hiddenSize; j++) rows[i * hiddenSize + j]! *= scales[id]!;
  }
  return float32([ids.length, hiddenSize], rows);
}

/** A row as float32; of integers, without their scale. */
function rowOf(stored: HostArray, storage: WeightStorage): ArrayLike<number> {
  if (stored instanceof Uint16Array) return widenWords(stored, storage as WordStorage);
  return stored instanceof Uint8Array ? Float32Array.from(stored, (value) => value - 128) : stored;
}
