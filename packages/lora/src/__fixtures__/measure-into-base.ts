import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import { mergeIntoBase } from "../merge-into-base.ts";

/** Merges an adapter into one of six weights of 32 MB in FOLDER and prints the bytes of memory that it took. */
const base = join(process.argv[2]!, "large");
const shape = [4096, 4096] as const;
const names = ["a.q", "b.q", "c.q", "d.q", "e.q", "f.q"];
const bytes = new Uint8Array(2 ** 20);
await mkdir(base);
await writeSafetensors(
  join(base, "model.safetensors"),
  names.map((name) => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 32; i++) yield await Promise.resolve(bytes);
    }
    return [`${name}.weight`, { dtype: "BF16" as const, shape, chunks }] as const;
  }),
);
const idle = process.resourceUsage().maxRSS * 1024;
const [outFeatures, inFeatures] = shape;
const module = { A: new Float32Array(inFeatures).fill(1), B: new Float32Array(outFeatures).fill(1), rank: 1 };
const modules = new Map([["c.q", { ...module, inFeatures, outFeatures, scale: 1 }]]);
await mergeIntoBase(join(process.argv[2]!, "merged"), { modules, baseModel: null, metadata: new Map() }, { base });
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ idle, peak, weights: names.length * 2 * outFeatures * inFeatures }));
