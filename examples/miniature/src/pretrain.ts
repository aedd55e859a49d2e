import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createRuntime, loadCausalLm, loadTokenizer } from "@prefdelta/causal-lm";
import { createTitleIndex } from "@prefdelta/eval";
import { readCorpus } from "@prefdelta/eval/node";
import { readItems } from "@prefdelta/preference/node";
import { loadDataset } from "./dataset.ts";
import type { Rung, RungName } from "./pretraining/ladder.ts";
import { ladder, rungNames } from "./pretraining/ladder.ts";
import { writeModelFolder } from "./pretraining/model-folder.ts";
import { trainRung } from "./pretraining/train-rung.ts";
import { hasLearnt, isAskedAfter } from "./probing/has-learnt.ts";
import type { SkillName } from "./question.ts";

const usage = `pretrain [--seed N] [--rung NAME]… [--out FOLDER] [--threads N]

Trains the models of the ladder (${rungNames.join(", ")}) and writes each to FOLDER/NAME,
by default examples/miniature/models/seed-N.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    rung: { type: "string", multiple: true, default: rungNames },
    out: { type: "string" },
    threads: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const unknown = values.rung.filter((name) => !rungNames.includes(name as RungName));
const numbers = [values.seed, values.threads].filter((text) => text !== undefined);
if (values.help || unknown.length > 0 || !numbers.every((text) => /^[1-9]\d*$/.test(text))) {
  console.error(unknown.length > 0 ? `unknown rung: ${unknown.join(", ")}\n\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}

const root = new URL("../", import.meta.url);
const seed = Number(values.seed);
const out = values.out === undefined ? new URL(`models/seed-${seed}/`, root) : pathToFileURL(`${resolve(values.out)}/`);
const tokenizer = await loadTokenizer(fileURLToPath(new URL("data/", root)));
const dataset = loadDataset();

const pathOf = (path: string): string => fileURLToPath(new URL(path, root));
const runtime = await createRuntime("onnx", values.threads === undefined ? {} : { threads: Number(values.threads) });
const retrieve = createTitleIndex(await readCorpus(pathOf("data/passages.jsonl")));

/** Asks the model in a folder the dev questions of a skill: the eval split is never read here. */
async function isDone(folder: URL, skill: SkillName): Promise<boolean> {
  const lm = await loadCausalLm(fileURLToPath(folder), { runtime });
  const learnt = await hasLearnt(lm, { items: await readItems(pathOf(`data/${skill}.dev.jsonl`)), retrieve });
  await lm.dispose();
  return learnt;
}

for (const name of values.rung as RungName[]) {
  const { shape, scheduledSteps, specialist }: Rung = ladder[name];
  const folder = new URL(`${name}/`, out);
  const started = performance.now();
  const training = trainRung(name, {
    seed,
    dataset,
    encode: (document) => tokenizer.encode(document),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  });
  let lossSum = 0;
  for await (const { step, loss, weights } of training) {
    lossSum += loss;
    if (step % 50 === 0) {
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${name} ${step}/${scheduledSteps} loss ${(lossSum / 50).toFixed(3)} ${seconds} s`);
      lossSum = 0;
    }
    const asked = specialist !== undefined && isAskedAfter(step);
    if (asked || step === scheduledSteps) await writeModelFolder(folder, { shape, weights });
    if (asked && (await isDone(folder, specialist))) {
      console.log(`${name} stops after step ${step}`);
      break;
    }
  }
}
