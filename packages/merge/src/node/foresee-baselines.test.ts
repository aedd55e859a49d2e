import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import type { Baselines } from "../gam/baselines.ts";
import { mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { drawForeseen, foreseeBaselines } from "./foresee-baselines.ts";
import { openJob } from "./merge-job.ts";

let folder: string;
let folders: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "foresee-"));
  folders = ["a", "b", "c"].map((name) => join(folder, name));
  const ranks = [3, 3, 5];
  const wide = relatedModules("wide", { outFeatures: 30, ranks });
  for (const [i, path] of folders.entries()) {
    const square = [0, 1, 2].map(
      (layer) => [`model.layers.${layer}.q_proj`, relatedModules(layer, { ranks })[i]!] as const,
    );
    await saveAdapter(path, adapterOf({ ...Object.fromEntries(square), "model.layers.0.up_proj": wide[i]! }));
  }
});
afterEach(() => rm(folder, { recursive: true }));

it.each<[MergeOptions[], boolean]>([
  [[{ method: "gam", seed: 3, weights: [1, 2, -1] }], false],
  [[{ method: "gam", omega: "uniform", weights: [1, 0, 2] }], true],
  [[{ method: "task_arithmetic" }, { method: "gam", draws: 5 }], true],
])("foresees every baseline that full ranks ask for, each once: %j, looked at: %j", async (merges, diagnose) => {
  const options = merges.map((one) => mergeOptionsSchema.parse(one));
  const job = {
    ...{
      folders,
      names: folders,
      diagnose,
      initial: undefined,
      baseModel: undefined,
      base: undefined,
      dtype: "F32" as const,
    },
    merges: options.map((one) => ({ options: one, scales: [1] })),
  };
  const asked: Baselines = new Map();
  const opened = await openJob(job, asked);
  for (const path of opened.paths) await opened.make(path);
  const drawn: Baselines[] = foreseeBaselines(job, opened.merges).map((one) => {
    const baselines: Baselines = new Map();
    drawForeseen(one, baselines);
    return baselines;
  });
  await opened.close();
  const foreseen = new Map(drawn.flatMap((baselines) => [...baselines]));
  expect(foreseen.size).toBe(drawn.length);
  // Of parts of updates that meet the other side there may be more.
  const whole = [...asked].filter(([key]) => foreseen.has(key));
  expect(new Map(whole)).toEqual(foreseen);
  expect([...asked.keys()].filter((key) => key.startsWith("angles") && !foreseen.has(key))).toEqual([]);
});
