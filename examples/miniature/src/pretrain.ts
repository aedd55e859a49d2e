import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { loadTokenizer } from "@prefdelta/causal-lm";
import { loadDataset } from "./dataset.ts";
import type { RungName } from "./pretraining/ladder.ts";
import { ladder, rungNames, stepsOf } from "./pretraining/ladder.ts";
import { writeModelFolder } from "./pretraining/model-folder.ts";
import { trainRung } from "./pretraining/train-rung.ts";

const usage = `pretrain [--seed N] [--rung NAME]… [--out FOLDER] [--every STEPS] [--threads N]

Trains the models of the ladder (${rungNames.join(", ")}) and writes each to FOLDER/NAME,
by default examples/miniature/models/seed-N. With --every, trains to the end of the schedule
and writes a model every so many steps, to FOLDER/NAME-STEP.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    rung: { type: "string", multiple: true, default: rungNames },
    out: { type: "string" },
    every: { type: "string" },
    threads: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const unknown = values.rung.filter((name) => !rungNames.includes(name as RungName));
const numbers = [values.seed, values.every, values.threads].filter((text) => text !== undefined);
if (values.help || unknown.length > 0 || !numbers.every((text) => /^[1-9]\d*$/.test(text))) {
  console.error(unknown.length > 0 ? `unknown rung: ${unknown.join(", ")}\n\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}

const root = new URL("../", import.meta.url);
const seed = Number(values.seed);
const every = values.every === undefined ? undefined : Number(values.every);
const out = values.out === undefined ? new URL(`models/seed-${seed}/`, root) : pathToFileURL(`${resolve(values.out)}/`);
const tokenizer = await loadTokenizer(fileURLToPath(new URL("data/", root)));
const dataset = loadDataset();

for (const name of values.rung as RungName[]) {
  const { shape, scheduledSteps } = ladder[name];
  const steps = every === undefined ? stepsOf(name, seed) : scheduledSteps;
  const started = performance.now();
  const training = trainRung(name, {
    seed,
    steps,
    dataset,
    encode: (document) => tokenizer.encode(document),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  });
  let lossSum = 0;
  for await (const { step, loss, weights } of training) {
    lossSum += loss;
    if (step % 50 === 0) {
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${name} ${step}/${steps} loss ${(lossSum / 50).toFixed(3)} ${seconds} s`);
      lossSum = 0;
    }
    if (every === undefined ? step === steps : step % every === 0) {
      const folder = every === undefined ? name : `${name}-${step}`;
      await writeModelFolder(new URL(`${folder}/`, out), { shape, weights });
    }
  }
}
