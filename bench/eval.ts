/**
 * `pda eval` from start to end on multiple choice with examples: items a second.
 *
 *   pnpm bench:eval --model FOLDER [--items 100] [--shots 5] [--words 40]
 *   pnpm bench:eval --model FOLDER --mmlu FOLDER --gsm8k FILE.jsonl [--items 100] [--shots 2]
 *
 * The first form writes made-up items in MMLU's form to a temporary folder. The second runs tooling/peers/tasks_agreement.py with the Python that
 * PREFDELTA_PYTHON names: the same items through lm-evaluation-harness, whose seconds are those of the evaluation alone, while ours count the start of two
 * processes and the loading of the model, too; it fails where an item differs. Prints JSON.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createRandom, integer, type Random } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../apps/cli/src/main.ts", import.meta.url));
const agreement = fileURLToPath(new URL("../tooling/peers/tasks_agreement.py", import.meta.url));
const pda = ["--conditions=@prefdelta/source", "--no-warnings", main];
const words =
  "the of a bone cell law river king number plate stone light north small seven which what during under before".split(
    " ",
  );

const text = (random: Random, count: number): string =>
  Array.from({ length: count }, () => words[integer(random, words.length)]!).join(" ");

/** A row of MMLU's CSV. */
const row = (random: Random, count: number): string =>
  [text(random, count), ...Array.from({ length: 4 }, () => text(random, 3)), "ABCD"[integer(random, 4)]!].join(",");

interface Setting {
  readonly model: string;
  readonly items: number;
  readonly shots: number;
  readonly words: number;
}

async function measureOurs(folder: string, { model, items, shots, words: count }: Setting) {
  const random = createRandom("eval");
  const write = async (split: string, rows: number): Promise<void> => {
    await mkdir(join(folder, split));
    const lines = Array.from({ length: rows }, () => `${row(random, count)}\n`);
    await writeFile(join(folder, split, `anatomy_${split}.csv`), lines.join(""));
  };
  await write("test", items);
  await write("dev", Math.max(1, shots));
  const args = ["eval", model, "--task", "mmlu_anatomy", "--data", folder, "--num-fewshot", String(shots), "--quiet"];
  const began = performance.now();
  await run(process.execPath, [...pda, ...args, "--out", join(folder, "out")]);
  const seconds = (performance.now() - began) / 1000;
  return { items, shots, seconds, itemsPerSecond: items / seconds };
}

async function measureBoth(
  folder: string,
  { model, mmlu, gsm8k, items, shots }: Setting & { mmlu: string; gsm8k: string },
) {
  const python = process.env["PREFDELTA_PYTHON"] ?? "python3";
  const options = ["--model", model, "--mmlu", mmlu, "--gsm8k", gsm8k, "--work", folder, "--limit", String(items)];
  const command = [process.execPath, ...pda].join(" ");
  const { stdout } = await run(python, [agreement, ...options, "--shots", String(shots), "--pda", command], {
    maxBuffer: 2 ** 26,
  });
  const found = JSON.parse(stdout) as { seconds: { ours: number; theirs: number }; tasks: object };
  const { ours, theirs } = found.seconds;
  const asked = items * Object.keys(found.tasks).length;
  return {
    items: asked,
    shots,
    seconds: found.seconds,
    itemsPerSecond: { ours: asked / ours, theirs: asked / theirs },
    ratio: theirs / ours,
  };
}

const command = defineCommand({
  meta: { name: "bench:eval", description: "pda eval, items a second" },
  args: {
    model: { type: "string", required: true, description: "folder of a model" },
    mmlu: { type: "string", description: "MMLU's CSV files: compare with lm-evaluation-harness" },
    gsm8k: { type: "string", description: "GSM8K's test.jsonl, with --mmlu" },
    items: { type: "string", default: "100" },
    shots: { type: "string", default: "5" },
    words: { type: "string", default: "40", description: "of a made-up question" },
    json: { type: "boolean", description: "always: for scripts that say so" },
  },
  async run({ args: { model, mmlu, gsm8k, ...args } }) {
    const setting = { model, items: Number(args.items), shots: Number(args.shots), words: Number(args.words) };
    const folder = await mkdtemp(join(tmpdir(), "prefdelta-eval-"));
    try {
      const result =
        mmlu === undefined || gsm8k === undefined
          ? await measureOurs(folder, setting)
          : await measureBoth(folder, { ...setting, mmlu, gsm8k });
      console.log(JSON.stringify(result, null, 2));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(command);
