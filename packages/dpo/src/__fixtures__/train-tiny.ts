import { createRuntime } from "@prefdelta/causal-lm";
import { type DpoConfigInput, parseDpoConfig } from "../config.ts";
import { trainDpo } from "../train.ts";
import { dieAtFileOperation } from "./die-at-file-operation.ts";
import { tinyModel, tinyPairs } from "./tiny-model.ts";

// Run as a program, to be killed: trains the tiny model and says which step was done, and how many file operations there were.
const { outDir, settings, dieAt } = JSON.parse(process.argv[2]!) as {
  outDir: string;
  settings: DpoConfigInput;
  /** Place of the file operation at which it kills itself; absent: it does not. */
  dieAt?: number;
};
const lm = tinyModel(await createRuntime("onnx", { threads: 1 }));
const operations = dieAtFileOperation(dieAt ?? Infinity);
await trainDpo({
  lm,
  pairs: tinyPairs(8),
  evaluationPairs: tinyPairs(11).slice(8),
  config: parseDpoConfig(settings),
  outDir,
  onStep: ({ step }) => process.stdout.write(`step ${step}\n`),
});
process.stdout.write(`operations ${operations.count}\n`);
await lm.dispose();
