import { openAiOptions, openAiProvider, type Item } from "@prefdelta/preference";
import {
  collectResponses,
  createNodeFetch,
  openResponseStore,
  storedPairs,
  writePairs,
} from "@prefdelta/preference/node";
import { createRandom } from "@prefdelta/random";

export interface GenerateJob {
  readonly url: string;
  readonly prompts: number;
  /** The strongest first: each makes a pair with the next. */
  readonly models: readonly string[];
  readonly concurrency: number;
  readonly store: string;
  /** Pairs files, one fewer than models. */
  readonly out: readonly string[];
}

export const promptOf = (i: number): Item => ({
  id: `q${i}`,
  prompt: [{ role: "user", content: `Question ${i}: what follows from it?` }],
});

export function* promptsOf(n: number): Generator<Item> {
  for (let i = 0; i < n; i++) yield promptOf(i);
}

export const providerOf = ({ url, concurrency }: Pick<GenerateJob, "url" | "concurrency">, model: string) =>
  openAiProvider(
    openAiOptions.parse({
      urls: [url],
      model,
      max_concurrency: concurrency,
      timeout_seconds: 3,
      retries: 30,
      backoff_seconds: { first: 0.05, max: 1 },
    }),
    { fetch: createNodeFetch(), random: createRandom(1) },
  );

/** What `pda generate` does with servers: every model's answers, then a pairs file for each two. `onPairs` is told before each file. */
async function generate(job: GenerateJob, onPairs: (file: number) => void): Promise<void> {
  const { prompts, models, store: folder, out } = job;
  const open = (model: string) => openResponseStore(folder, providerOf(job, model).identity);
  for (const model of models) {
    const store = await open(model);
    const { failed } = await collectResponses({ items: promptsOf(prompts), provider: providerOf(job, model), store });
    if (failed > 0) throw new Error(`${model}: ${failed} prompts failed`);
    await store.close();
  }
  for (const [i, path] of out.entries()) {
    onPairs(i);
    const [chosen, rejected] = [await open(models[i]!), await open(models[i + 1]!)];
    await writePairs(path, storedPairs({ items: promptsOf(prompts), chosen, rejected }).pairs);
    await Promise.all([chosen.close(), rejected.close()]);
  }
}

// node generate-child.ts JOB: prints its peak memory in bytes as it goes, and which pairs file it begins.
if (process.argv[1] === import.meta.filename) {
  const report = () => console.log(process.resourceUsage().maxRSS * 1024);
  const timer = setInterval(report, 200);
  await generate(JSON.parse(process.argv[2]!) as GenerateJob, (file) => console.log(`pairs ${file}`));
  clearInterval(timer);
  report();
}
