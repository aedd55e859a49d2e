/**
 * BM25 over synthetic passages: time and memory of indexing, time of a query.
 *
 *   pnpm bench:retrieve [--passages 100000] [--words 100] [--queries 200]
 *
 * Words are drawn by Zipf's law from a vocabulary that grows with the corpus (Heaps' law, 30·√words); the most frequent ones are stop words, as
 * in English. Queries have 8 words, drawn alike.
 * Prints JSON. The corpus is written to a temporary folder and removed again.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { indexCorpus, openBm25 } from "@prefdelta/eval/node";
import { createRandom, type Random } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";

const QUERY_WORDS = 8;
const letters = "bcdfghklmnprstvz";
const vowels = "aeiou";

// Lucene's stop words, about as English has them from the most frequent on.
const stopWords =
  "the of and to a in is was for as on with by it that at be are this not an or but they will if no into their there these then such".split(
    " ",
  );

/** A pronounceable word for each number, so that the stemmer has something to do. */
function nameOf(rank: number): string {
  if (rank < stopWords.length) return stopWords[rank]!;
  let word = "";
  for (let rest = rank; rest > 0; rest = Math.floor(rest / 80)) {
    word += letters[rest % 16]! + vowels[Math.floor(rest / 16) % 5]!;
  }
  return word;
}

/** Ranks by Zipf's law with exponent 1, by inversion: ln of the rank is uniform. */
const zipf = (random: Random, vocabulary: number): number => Math.floor(vocabulary ** random.next()) - 1;

const passage = (random: Random, words: number, vocabulary: number): string =>
  Array.from({ length: words }, () => nameOf(zipf(random, vocabulary))).join(" ");

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
const summary = (times: readonly number[]) => ({
  median: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  max: Math.max(...times),
});
const peakRssMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

interface Setting {
  readonly passages: number;
  readonly words: number;
  readonly queries: number;
}

async function measure(folder: string, { passages, words, queries }: Setting) {
  const corpus = join(folder, "corpus.jsonl");
  const index = join(folder, "corpus.bm25");
  const vocabulary = Math.round(30 * Math.sqrt(passages * words));
  const random = createRandom(1);
  const out = createWriteStream(corpus);
  for (let id = 0; id < passages; id++) {
    const row = { id: String(id), contents: `${nameOf(id)}\n${passage(random, words, vocabulary)}` };
    if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");

  const started = performance.now();
  const { terms } = await indexCorpus(corpus, index);
  const indexSeconds = (performance.now() - started) / 1000;
  const indexRssMb = peakRssMb();

  const opened = performance.now();
  const { retrieve, close } = await openBm25(index, corpus);
  const openSeconds = (performance.now() - opened) / 1000;
  const own = random.fork("queries");
  const times: number[] = [];
  const cpuTimes: number[] = []; // what others on the machine do does not count in these
  for (let i = 0; i < queries; i++) {
    const query = passage(own, QUERY_WORDS, vocabulary);
    const [asked, used] = [performance.now(), process.cpuUsage()];
    await retrieve([query], 3);
    times.push(performance.now() - asked);
    const { user, system } = process.cpuUsage(used);
    cpuTimes.push((user + system) / 1000);
  }
  await close();
  return {
    passages,
    words,
    terms,
    corpusMb: Math.round((await stat(corpus)).size / 1e6),
    indexMb: Math.round((await stat(index)).size / 1e6),
    indexSeconds,
    indexRssMb,
    openSeconds,
    queryMs: summary(times),
    queryCpuMs: summary(cpuTimes),
    node: process.version,
  };
}

const count = (description: string, value: number) =>
  ({ type: "string", default: String(value), description }) as const;

const main = defineCommand({
  meta: { name: "bench:retrieve" },
  args: {
    passages: count("passages of the corpus", 100_000),
    words: count("words of a passage", 100),
    queries: count("queries that are timed", 200),
  },
  async run({ args }) {
    const folder = await mkdtemp(join(tmpdir(), "bench-retrieve-"));
    try {
      const setting = { passages: Number(args.passages), words: Number(args.words), queries: Number(args.queries) };
      console.log(JSON.stringify(await measure(folder, setting), null, 2));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(main);
