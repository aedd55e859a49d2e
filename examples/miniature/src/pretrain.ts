import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadTokenizer } from "@prefdelta/causal-lm";
import { loadDataset } from "./dataset.ts";
import type { RungName } from "./pretraining/ladder.ts";
import { ladder, rungNames } from "./pretraining/ladder.ts";
import { writeModelFolder } from "./pretraining/model-folder.ts";
import { trainRung } from "./pretraining/train-rung.ts";

const usage = `pretrain --seed N [--rung NAME]… [--out FOLDER] [--every STEPS] [--threads N]

Trains the models of the ladder (${rungNames.join(", ")}) and writes each to FOLDER/NAME,
by default examples/miniature/models/seed-N. With --every, models on the way go to FOLDER/NAME-STEP too,
up to the end of the schedule.`;

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
const seed = Number(values.seed);
const unknown = values.rung.filter((name) => !rungNames.includes(name as RungName));
if (values.help || unknown.length > 0 || !Number.isInteger(seed)) {
  console.error(unknown.length > 0 ? `unknown rung: ${unknown.join(", ")}\n\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}

const root = new URL("../", import.meta.url);
const out =
  values.out === undefined ? new URL(`models/seed-${seed}/`, root) : new URL(`file://${process.cwd()}/${values.out}/`);
const every = values.every === undefined ? undefined : Number(values.every);
const tokenizer = await loadTokenizer(fileURLToPath(new URL("data/", root)));
const dataset = loadDataset();

for (const name of values.rung as RungName[]) {
  const { shape, scheduledSteps, steps } = ladder[name];
  const started = performance.now();
  let lossSum = 0;
  const weights = await trainRung(name, {
    seed,
    dataset,
    encode: (document) => tokenizer.encode(document),
    ...(every === undefined ? {} : { steps: scheduledSteps }),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
    async onStep({ step, loss, weights }) {
      lossSum += loss;
      if (step % 50 === 0) {
        const seconds = ((performance.now() - started) / 1000).toFixed(0);
        console.log(
          `${name} ${step}/${every === undefined ? steps : scheduledSteps} loss ${(lossSum / 50).toFixed(3)} ${seconds} s`,
        );
        lossSum = 0;
      }
      if (every !== undefined && step % every === 0)
        await writeModelFolder(new URL(`${name}-${step}/`, out), { shape, weights });
      if (every !== undefined && step === steps) await writeModelFolder(new URL(`${name}/`, out), { shape, weights });
    },
  });
  if (every === undefined) await writeModelFolder(new URL(`${name}/`, out), { shape, weights });
}
