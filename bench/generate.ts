/**
 * Generation of preference data against a stand-in server that fails by plan: is anything lost, doubled or swapped, and what does our client add to
 * the time of the bare requests?
 *
 *   pnpm bench:generate [--prompts 2000] [--models 3] [--faults 0.05] [--restarts 3] [--concurrency 256] [--rounds 5] [--json]
 *
 * The faulty run is killed (SIGKILL) `restarts` times at random and started again. `overhead` is the time of our client and store, on
 * createNodeFetch, over the time of Node's fetch (undici) alone, on a server without faults: the median of `rounds`, each measuring both in turn.
 * Server and faulty client have a process each; `peakRssBytes` is the latter's.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { collectResponses, openResponseStore, readPairs } from "@prefdelta/preference/node";
import { createRandom } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";
import { promptOf, promptsOf, providerOf, type GenerateJob } from "./generate-child.ts";

const serverScript = new URL("../packages/preference/src/__fixtures__/serve-stand-in.ts", import.meta.url);
const clientScript = new URL("generate-child.ts", import.meta.url);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function start(script: URL, argument: unknown) {
  const flags = ["--conditions=@prefdelta/source", "--no-warnings"];
  return spawn(process.execPath, [...flags, fileURLToPath(script), JSON.stringify(argument)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function serve(options: object) {
  const child = start(serverScript, options);
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return { url, stop: () => child.stdin.end() };
}

/** Runs the job to its end, or kills it after `ms`. Gives its exit code (null where it was killed) and peak memory. */
async function run(job: GenerateJob, ms = Infinity): Promise<{ code: number | null; rss: number }> {
  const child = start(clientScript, job);
  let rss = 0;
  createInterface(child.stdout).on("line", (line) => {
    rss = Math.max(rss, Number(line));
  });
  const timer = Number.isFinite(ms) ? setTimeout(() => child.kill("SIGKILL"), ms) : undefined;
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  return { code, rss };
}

/** How a stand-in model's answer begins, by the server's own rule. */
const beginning = (model: string, prompt: string): string =>
  `${model}:${createHash("sha256").update([model, prompt, 0].join("\0")).digest("hex")} `;

interface Faults {
  lost: number;
  duplicated: number;
  swapped: number;
}

/** Counts what is wrong in a pairs file: rows are to be those of all prompts, in order, with the two models' own answers. */
async function check(path: string, prompts: number, models: readonly [string, string]): Promise<Faults> {
  const rows = new Uint8Array(prompts);
  let swapped = 0;
  for await (const pair of readPairs(path)) {
    const i = Number(pair.prompt_id.slice(1));
    rows[i]!++;
    const asked = JSON.stringify(promptOf(i).prompt);
    const texts = [pair.chosen, pair.rejected].map(([message]) => message!.content);
    if (texts.some((text, side) => !text.startsWith(beginning(models[side]!, asked)))) swapped++;
  }
  return { lost: rows.filter((n) => n === 0).length, duplicated: rows.filter((n) => n > 1).length, swapped };
}

async function bare(url: string, { prompts, concurrency }: { readonly prompts: number; readonly concurrency: number }) {
  const items = promptsOf(prompts);
  const work = async () => {
    for (const { prompt } of items) {
      const body = JSON.stringify({ model: "m0", messages: prompt, temperature: 0, max_tokens: 2048, n: 1 });
      const headers = { "content-type": "application/json" };
      await (await fetch(`${url}/chat/completions`, { method: "POST", headers, body })).text();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  return performance.now() - started;
}

async function ours(
  url: string,
  { prompts, concurrency, folder }: { prompts: number; concurrency: number; folder: string },
) {
  const provider = providerOf({ url, concurrency }, "m0");
  const store = await openResponseStore(await mkdtemp(join(folder, "overhead-")), provider.identity);
  const started = performance.now();
  await collectResponses({ items: promptsOf(prompts), provider, store });
  const ms = performance.now() - started;
  await store.close();
  return ms;
}

async function measureOverhead(options: { prompts: number; concurrency: number; folder: string; rounds: number }) {
  const server = await serve({ models: ["m0"] });
  try {
    await bare(server.url, options); // warms up the server
    await ours(server.url, options);
    const ratios: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const before = await bare(server.url, options);
      const own = await ours(server.url, options);
      ratios.push((2 * own) / (before + (await bare(server.url, options)))); // the machine's load changes
    }
    return median(ratios);
  } finally {
    server.stop();
  }
}

interface FaultyOptions {
  readonly prompts: number;
  readonly models: readonly string[];
  readonly faults: number;
  readonly restarts: number;
  readonly concurrency: number;
  readonly folder: string;
}

async function runFaulty({ prompts, models, faults, restarts, concurrency, folder }: FaultyOptions) {
  const server = await serve({ models, faults: { seed: 1, rate: faults }, stallMs: 30_000, latency: 2 });
  const out = models.slice(1).map((model) => join(folder, `over-${model}.jsonl`));
  const job = { url: server.url, prompts, models, concurrency, store: join(folder, "store"), out };
  const random = createRandom(2);
  let peakRssBytes = 0;
  let kills = 0;
  try {
    // A kill comes when so much of the work is done as chance says, as far as the time of a request tells.
    for (let restart = 0; restart < restarts; restart++) {
      const { code, rss } = await run(job, 400 + random.next() * prompts * models.length * 0.5);
      peakRssBytes = Math.max(peakRssBytes, rss);
      if (code === null) kills++;
    }
    const { code, rss } = await run(job);
    if (code !== 0) throw new Error(`the last run ended with exit code ${code}`);
    const found = await Promise.all(out.map((path, i) => check(path, prompts, [models[i]!, models[i + 1]!])));
    const sum = (name: keyof Faults) => found.reduce((total, faults) => total + faults[name], 0);
    return {
      lost: sum("lost"),
      duplicated: sum("duplicated"),
      swapped: sum("swapped"),
      peakRssBytes: Math.max(peakRssBytes, rss),
      restarts: kills,
    };
  } finally {
    server.stop();
  }
}

const command = defineCommand({
  meta: { name: "bench:generate", description: "Preference data from a server that fails by plan." },
  args: {
    prompts: { type: "string", default: "2000", description: "prompts" },
    models: { type: "string", default: "3", description: "models; each makes pairs with the next" },
    faults: { type: "string", default: "0.05", description: "share of requests that fail" },
    restarts: { type: "string", default: "3", description: "kills of the faulty run" },
    concurrency: { type: "string", default: "256", description: "requests in flight" },
    rounds: { type: "string", default: "5", description: "measurements of the overhead" },
    json: { type: "boolean", description: "one line of JSON" },
  },
  async run({ args }) {
    const [prompts, concurrency] = [Number(args.prompts), Number(args.concurrency)];
    const models = Array.from({ length: Number(args.models) }, (_, i) => `m${i}`);
    const folder = await mkdtemp(join(tmpdir(), "bench-generate-"));
    try {
      const overhead = await measureOverhead({
        prompts: Math.min(prompts, 5000),
        concurrency,
        folder,
        rounds: Number(args.rounds),
      });
      const { lost, duplicated, swapped, peakRssBytes, restarts } = await runFaulty({
        prompts,
        models,
        faults: Number(args.faults),
        restarts: Number(args.restarts),
        concurrency,
        folder,
      });
      const result = { prompts, models: models.length, lost, duplicated, swapped, overhead, peakRssBytes, restarts };
      if (args.json) console.log(JSON.stringify(result));
      else console.table(result);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(command);
