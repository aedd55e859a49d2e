import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fromFloat32 } from "@prefdelta/safetensors";
import { writeSafetensors, type StreamedTensor } from "@prefdelta/safetensors/node";
import { normal, type Random } from "@prefdelta/random";
import type { AdapterShape } from "./adapter-shapes.ts";

/** Writes the linear layers of a model of that shape, in bfloat16, one row of random numbers over and over. */
export async function writeRandomBase(folder: string, shape: AdapterShape, random: Random): Promise<void> {
  const tensors: [string, StreamedTensor][] = [];
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const { name, outFeatures, inFeatures } of shape.modules) {
      const row = Float32Array.from({ length: inFeatures }, () => 0.02 * normal(random));
      const { bytes } = fromFloat32(row, { dtype: "BF16", shape: [inFeatures] });
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < outFeatures; i++) yield await Promise.resolve(bytes);
      };
      const tensor = { dtype: "BF16" as const, shape: [outFeatures, inFeatures], chunks };
      tensors.push([`model.layers.${layer}.${name}.weight`, tensor]);
    }
  }
  await mkdir(folder);
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}
