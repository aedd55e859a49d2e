/**
 * Time and memory of what `pda train` does with its data before the first step: rows read, checked, encoded, put in order, reference log-probs
 * kept. The model is a tiny one, so that what grows is the data.
 *
 *   pnpm bench:train-data [--rows 10000] [--words 120] [--val-size 0.01] [--json]
 *
 * Rows are a prompt and two answers of a third of the words each, 2.5 tokens a word. What is measured is a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom, integer } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";

const child = fileURLToPath(new URL("train-data-child.ts", import.meta.url));
const words = ["add", "two", "and", "three", "then", "take", "half", "of", "it", "so", "the", "answer", "is", "four"];

/** JSONL in TRL's conversational form: a third of the words in the prompt, a third in each answer. */
async function writeRows(path: string, rows: number, perRow: number): Promise<void> {
  const random = createRandom("train-data");
  const text = (count: number): string =>
    Array.from({ length: count }, () => words[integer(random, words.length)]!).join(" ");
  const file = createWriteStream(path);
  const third = Math.round(perRow / 3);
  for (let i = 0; i < rows; i++) {
    const row = {
      prompt: [{ role: "user", content: `${i}: ${text(third)}` }],
      chosen: [{ role: "assistant", content: text(third) }],
      rejected: [{ role: "assistant", content: text(third) }],
    };
    if (!file.write(`${JSON.stringify(row)}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}

await runMain(
  defineCommand({
    meta: { name: "train-data", description: "Time and memory of a training's data." },
    args: {
      rows: { type: "string", default: "10000", description: "pairs" },
      words: { type: "string", default: "120", description: "words a pair, prompt and both answers" },
      "val-size": { type: "string", default: "0", description: "share set aside by prompt" },
      json: { type: "boolean", description: "one line of JSON" },
    },
    async run({ args }) {
      const folder = await mkdtemp(join(tmpdir(), "bench-train-data-"));
      try {
        const path = join(folder, "pairs.jsonl");
        await writeRows(path, Number(args.rows), Number(args.words));
        const request = { path, outDir: join(folder, "out"), valSize: Number(args["val-size"]) };
        const flags = ["--conditions=@prefdelta/source", "--no-warnings"];
        const run = spawn(process.execPath, [...flags, child, JSON.stringify(request)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const output: Buffer[] = [];
        run.stdout.on("data", (chunk: Buffer) => output.push(chunk));
        const [code] = (await once(run, "exit")) as [number | null];
        if (code !== 0) throw new Error(`the measured process ended with exit code ${code}`);
        const measured = JSON.parse(Buffer.concat(output).toString()) as Record<string, number>;
        const result = { rows: Number(args.rows), fileBytes: (await stat(path)).size, ...measured };
        if (args.json) console.log(JSON.stringify(result));
        else console.table(result);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  }),
);
