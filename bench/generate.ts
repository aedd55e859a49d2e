/**
 * Generation of preference data against a stand-in server that fails by plan: is anything lost, doubled or swapped, and what does our client add to
 * the time of the bare requests?
 *
 *   pnpm bench:generate [--prompts 2000] [--models 3] [--faults 0.05] [--restarts 3] [--concurrency 256] [--rounds 5] [--json]
 *
 * The faulty run is killed (SIGKILL) `restarts` times and started again: once the server has given so many answers as chance says, every fifth time
 * while the pairs are written. `identical` says whether its pairs files have the bytes of a run that nothing stopped (null without restarts).
 * `overhead` is the time of our client and store, on createNodeFetch, over the time of Node's fetch (undici) alone, on a server without faults: the
 * median of `rounds`, each measuring both in turn (null without rounds). Server and faulty client have a process each; `peakRssBytes` is the latter's.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as setTimer } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
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
  const answered = async () => ((await (await fetch(new URL("/stats", url))).json()) as { answered: number }).answered;
  return { url, answered, stop: () => child.stdin.end() };
}

/** When to kill: with the server's answer of that number, or so many ms after a pairs file was begun. */
type Moment = { readonly answers: number } | { readonly file: number; readonly ms: number };

/** Runs the job to its end, or kills it. Gives its exit code (null where it was killed) and peak memory. */
async function run(
  job: GenerateJob,
  answered: () => Promise<number>,
  moment?: Moment,
): Promise<{ code: number | null; rss: number }> {
  const child = start(clientScript, job);
  let rss = 0;
  createInterface(child.stdout).on("line", (line) => {
    if (!line.startsWith("pairs")) rss = Math.max(rss, Number(line));
    else if (moment !== undefined && "file" in moment && line === `pairs ${moment.file}`)
      setTimeout(() => child.kill("SIGKILL"), moment.ms);
  });
  const watch = async (answers: number) => {
    const running = () => child.exitCode === null && child.signalCode === null;
    while (running() && (await answered()) < answers) await setTimer(20);
    child.kill("SIGKILL");
  };
  if (moment !== undefined && "answers" in moment) void watch(moment.answers);
  const [code] = (await once(child, "exit")) as [number | null];
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

/** Spread over the answers, every fifth over the writing of the pairs; in the order in which a run comes to them. */
function momentsOf({ prompts, models, restarts }: Pick<FaultyOptions, "models" | "prompts" | "restarts">): Moment[] {
  const random = createRandom(2);
  const writing = Math.floor(restarts / 5);
  const asking = restarts - writing;
  return Array.from({ length: restarts }, (_, i): Moment => {
    if (i < asking) return { answers: Math.ceil(((i + random.next()) / asking) * 0.97 * prompts * models.length) };
    return { file: (i - asking) % (models.length - 1), ms: random.next() * prompts * 0.005 };
  });
}

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) hash.update(part);
  return hash.digest("hex");
};

async function runFaulty(options: FaultyOptions) {
  const { prompts, models, faults, restarts, concurrency, folder } = options;
  const server = await serve({ models, faults: { seed: 1, rate: faults }, stallMs: 30_000, latency: 2 });
  const jobOf = (name: string): GenerateJob => ({
    ...{ url: server.url, prompts, models, concurrency },
    store: join(folder, name),
    out: models.slice(1).map((model) => join(folder, `${name}-over-${model}.jsonl`)),
  });
  const job = jobOf("killed");
  let peakRssBytes = 0;
  let kills = 0;
  const finish = async (job: GenerateJob) => {
    const { code, rss } = await run(job, server.answered);
    if (code !== 0) throw new Error(`the last run ended with exit code ${code}`);
    peakRssBytes = Math.max(peakRssBytes, rss);
  };
  try {
    for (const moment of momentsOf(options)) {
      const { code, rss } = await run(job, server.answered, moment);
      peakRssBytes = Math.max(peakRssBytes, rss);
      if (code === null) kills++;
    }
    await finish(job);
    const found = await Promise.all(job.out.map((path, i) => check(path, prompts, [models[i]!, models[i + 1]!])));
    const sum = (name: keyof Faults) => found.reduce((total, faults) => total + faults[name], 0);

    let identical: boolean | null = null;
    if (restarts > 0) {
      const straight = jobOf("straight");
      await finish(straight);
      const pairs = await Promise.all([job, straight].map(({ out }) => Promise.all(out.map(hashOf))));
      identical = isDeepStrictEqual(pairs[0], pairs[1]);
    }
    return {
      ...{ lost: sum("lost"), duplicated: sum("duplicated"), swapped: sum("swapped") },
      ...{ identical, peakRssBytes, restarts: kills },
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
      const rounds = Number(args.rounds);
      const measured = { prompts: Math.min(prompts, 5000), concurrency, folder, rounds };
      const overhead = rounds === 0 ? null : await measureOverhead(measured);
      const { peakRssBytes, restarts, ...found } = await runFaulty({
        prompts,
        models,
        faults: Number(args.faults),
        restarts: Number(args.restarts),
        concurrency,
        folder,
      });
      const result = { prompts, models: models.length, ...found, overhead, peakRssBytes, restarts };
      if (args.json) console.log(JSON.stringify(result));
      else console.table(result);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(command);
