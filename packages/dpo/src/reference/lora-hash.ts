import type { LoraWeights } from "@prefdelta/causal-lm";
import { contentHash } from "../content-hash.ts";

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

function* partsOf({ rank, scale, modules }: LoraWeights): Generator {
  yield { rank };
  for (const [name, { A, B, scale: own = scale, magnitude }] of modules) {
    yield [name, own, bytesOf(A), bytesOf(B), ...(magnitude ? [bytesOf(magnitude)] : [])];
  }
}

/** sha256 of an adapter's modules, factors, scales and magnitudes. */
export const loraHash = (lora: LoraWeights): string => contentHash(partsOf(lora));
