/**
 * Peak memory of `pda generate` itself, built, over a stand-in server without faults.
 *
 *   pnpm bench:generate-command [--prompts 100000] [--models 2] [--json]
 *
 * Prompts carry answers. Linux alone: /proc says the peak.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { defineCommand, runMain } from "citty";

const serverScript = fileURLToPath(
  new URL("../packages/preference/src/__fixtures__/serve-stand-in.ts", import.meta.url),
);
const command = fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));

async function writeQuestions(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  for (let i = 0; i < count; i++)
    if (!file.write(`{"question":"Question ${i}: what follows from it?","gold":${i}}\n`)) await once(file, "drain");
  file.end();
  await once(file, "finish");
}

const recipeOf = (url: string, models: readonly string[]) => ({
  name: "bench",
  generate: {
    models: Object.fromEntries(models.map((model) => [model, { urls: [url], model, max_concurrency: 256 }])),
  },
  pairs: Object.fromEntries(
    models.slice(1).map((rejected, i) => [
      `pair-${i}`,
      {
        prompts: { file: "prompts.jsonl", fields: { prompt: "question", answers: "gold" } },
        chosen: models[i],
        rejected,
      },
    ]),
  ),
});

/** Runs the command to its end, and gives the most memory that it held, in bytes. */
async function peakOf(recipe: string, out: string): Promise<number> {
  const child = spawn(process.execPath, [command, "generate", recipe, "--out", out, "--quiet"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peak = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
  };
  const timer = setInterval(() => void look(), 200);
  const [code] = (await once(child, "exit")) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`pda generate ended with exit code ${code}`);
  return peak;
}

await runMain(
  defineCommand({
    meta: { name: "generate-command", description: "Peak memory of pda generate over a stand-in server." },
    args: {
      prompts: { type: "string", default: "100000", description: "prompts" },
      models: { type: "string", default: "2", description: "models; each makes pairs with the next" },
      json: { type: "boolean", description: "one line of JSON" },
    },
    async run({ args }) {
      const models = Array.from({ length: Number(args.models) }, (_, i) => `m${i}`);
      const folder = await mkdtemp(join(tmpdir(), "bench-generate-command-"));
      const flags = ["--conditions=@prefdelta/source", "--no-warnings"];
      const server = spawn(process.execPath, [...flags, serverScript, JSON.stringify({ models })], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      try {
        const [url] = (await once(createInterface(server.stdout), "line")) as [string];
        await writeQuestions(join(folder, "prompts.jsonl"), Number(args.prompts));
        await writeFile(join(folder, "recipe.yaml"), JSON.stringify(recipeOf(url, models)));
        const started = performance.now();
        const peakRssBytes = await peakOf(join(folder, "recipe.yaml"), join(folder, "out"));
        const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
        const result = { prompts: Number(args.prompts), models: models.length, seconds, peakRssBytes };
        if (args.json) console.log(JSON.stringify(result));
        else console.table(result);
      } finally {
        server.stdin.end();
        await rm(folder, { recursive: true });
      }
    },
  }),
);
