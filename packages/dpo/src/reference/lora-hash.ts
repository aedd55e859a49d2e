import type { LoraWeights } from "@prefdelta/causal-lm";
import { contentHash } from "../content-hash.ts";

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

function* partsOf({ rank, scale, modules }: LoraWeights): Generator {
  yield { rank };
  for (const [name, { A, B, scale: own = scale }] of modules) yield [name, own, bytesOf(A), bytesOf(B)];
}

/** sha256 of an adapter's modules, factors and scales. */
export const loraHash = (lora: LoraWeights): string => contentHash(partsOf(lora));
