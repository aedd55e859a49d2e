import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromFloat32 } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { LoraModule } from "../adapter.ts";
import { mergeIntoBase } from "../merge-into-base.ts";
import { openBaseWeights } from "./open-base-weights.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "open-base-weights-"));
});
afterEach(() => rm(folder, { recursive: true }));

const wave = (count: number, phase: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i + phase));

it("gives the bytes that mergeIntoBase writes, and mergeIntoBase writes the bytes that it is given", async () => {
  // More rows than a block holds.
  const [outFeatures, inFeatures] = [700, 1024];
  const weight = fromFloat32(wave(outFeatures * inFeatures, 0), { dtype: "BF16", shape: [outFeatures, inFeatures] });
  await writeSafetensors(join(folder, "model.safetensors"), [
    ["a.q.weight", weight],
    ["b.weight", weight],
  ]);
  const sizes = { rank: 3, scale: 0.5, outFeatures, inFeatures };
  const module: LoraModule = { A: wave(3 * inFeatures, 1), B: wave(outFeatures * 3, 2), ...sizes };
  const outline = { baseModel: "b", metadata: new Map<string, string>() };
  const write = async (name: string, read: () => Promise<LoraModule | Uint8Array>): Promise<Buffer> => {
    await mergeIntoBase(join(folder, name), { modules: new Map([["a.q", sizes]]), ...outline, read }, { base: folder });
    return readFile(join(folder, name, "model.safetensors"));
  };
  const weights = await openBaseWeights(folder);
  const added = await weights.add("a.q", module);
  await weights.close();
  expect(added).not.toEqual(weight.bytes);
  expect(await write("given", () => Promise.resolve(added))).toEqual(
    await write("read", () => Promise.resolve(module)),
  );
});
