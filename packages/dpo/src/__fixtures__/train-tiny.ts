import { setTimeout } from "node:timers/promises";
import { createRuntime } from "@prefdelta/causal-lm";
import { type DpoConfigInput, parseDpoConfig } from "../config.ts";
import { trainDpo } from "../train.ts";
import { tinyModel, tinyPairs } from "./tiny-model.ts";

// Run as a program, to be killed: trains the tiny model and says after which step it is.
const { outDir, pairs, settings } = JSON.parse(process.argv[2]!) as {
  outDir: string;
  pairs: number;
  settings: DpoConfigInput;
};
await trainDpo({
  lm: tinyModel(await createRuntime("onnx", { threads: 1 })),
  pairs: tinyPairs(pairs),
  config: parseDpoConfig(settings),
  outDir,
  onStep: ({ step }) => process.stdout.write(`step ${step}\n`),
});
await setTimeout(60_000); // whoever started this kills it
