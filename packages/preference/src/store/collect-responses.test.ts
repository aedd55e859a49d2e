import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@prefdelta/random";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startStandIn, type StandInOptions, type StandInServer } from "../__fixtures__/stand-in-server.ts";
import { standInAnswer } from "../__fixtures__/stand-in-answer.ts";
import type { Item } from "../item.ts";
import type { Pair } from "../pair.ts";
import { openAiOptions, type OpenAiOptionsInput } from "../openai/openai-options.ts";
import { openAiProvider } from "../openai/openai-provider.ts";
import { collectResponses, type CollectOptions } from "./collect-responses.ts";
import { openResponseStore, type ResponseStore } from "./response-store.ts";
import { storedPairs } from "./stored-pairs.ts";

let folder: string;
const servers: StandInServer[] = [];
const stores: ResponseStore[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "collect "));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true });
});

const itemsOf = (n: number): Item[] =>
  Array.from({ length: n }, (_, i) => ({ id: `q${i}`, prompt: [{ role: "user", content: `q${i}` }] }));
const said = (model: string, { prompt }: Item, sample = 0) => standInAnswer(model, JSON.stringify(prompt), sample);

const rowsOf = async (pairs: AsyncIterable<Pair>): Promise<Pair[]> => {
  const rows: Pair[] = [];
  for await (const pair of pairs) rows.push(pair);
  return rows;
};

const start = async (options: Partial<StandInOptions> = {}) => {
  const server = await startStandIn({ models: ["weak", "weaker"], ...options });
  servers.push(server);
  return server;
};
const model = async (server: StandInServer, name: string, input: Partial<OpenAiOptionsInput> = {}) => {
  const options = openAiOptions.parse({
    urls: [server.url],
    model: name,
    backoff_seconds: { first: 0.002, max: 0.02 },
    ...input,
  });
  const provider = openAiProvider(options, { fetch, random: createRandom(1) });
  const store = await openResponseStore(folder, provider.identity);
  stores.push(store);
  return {
    provider,
    store,
    collect: (rest: Partial<CollectOptions> & Pick<CollectOptions, "items">) =>
      collectResponses({ provider, store, ...rest }),
  };
};

it("asks each prompt once, and the next run asks nothing", async () => {
  const server = await start();
  const { collect } = await model(server, "weak");
  const items = [...itemsOf(20), ...itemsOf(20)];
  const counts = await collect({ items });
  expect(counts).toMatchObject({ prompts: 40, answered: 20, failed: 0, tokens: { prompt: 60, completion: 100 } });
  expect(counts.stored + counts.repeated).toBe(20);
  expect(await collect({ items })).toMatchObject({ prompts: 40, stored: 40, answered: 0 });
  expect(server.stats.requests).toBe(20);
});

it("pairs what two models said, in the order of the items", async () => {
  const server = await start({ faults: { seed: 2, rate: 0.2, kinds: ["429", "500", "reset", "garbage"] } });
  const [weak, weaker] = [
    await model(server, "weak", { sampling: { n: 2 }, retries: 30 }),
    await model(server, "weaker", { sampling: { n: 2 }, retries: 30 }),
  ];
  const items = itemsOf(100);
  await weak.collect({ items });
  await weaker.collect({ items: items.slice(0, 90) });
  const { pairs, counts } = storedPairs({ items, chosen: weak.store, rejected: weaker.store });
  const rows = await rowsOf(pairs);
  expect(rows.map(({ prompt_id, sample }) => `${prompt_id} ${String(sample)}`)).toEqual(
    items.slice(0, 90).flatMap(({ id }) => [`${id} 0`, `${id} 1`]),
  );
  for (const [i, row] of rows.entries()) {
    const item = items[Math.floor(i / 2)]!;
    expect(row.chosen[0]!.content).toBe(said("weak", item, i % 2));
    expect(row.rejected[0]!.content).toBe(said("weaker", item, i % 2));
  }
  expect(counts).toEqual({ prompts: 190, pairs: 180, identical: 0, empty: 0, unanswered: 10 });
});

it("drops what was cut off, where asked to", async () => {
  const server = await start();
  const [weak, weaker] = [
    await model(server, "weak", { sampling: { max_tokens: 20 } }),
    await model(server, "weaker", { sampling: { max_tokens: 20 } }),
  ];
  const items = itemsOf(40);
  await weak.collect({ items });
  await weaker.collect({ items });
  const { pairs, counts } = storedPairs({
    items,
    chosen: weak.store,
    rejected: weaker.store,
    filters: { truncated: true },
  });
  const kept = (await rowsOf(pairs)).map(({ prompt_id }) => prompt_id);
  const short = (text: string) => text.split(" ").length <= 20;
  expect(kept).toEqual(
    items.filter((item) => short(said("weak", item)) && short(said("weaker", item))).map(({ id }) => id),
  );
  expect(counts).toMatchObject({ prompts: 40, pairs: kept.length, truncated: 40 - kept.length });
});

it("never stores a failure, says which prompts failed, and asks them again", async () => {
  const server = await start({ faults: { seed: 4, rate: 0.5, kinds: ["500", "garbage"] } });
  const failed: string[] = [];
  const { collect, store } = await model(server, "weak", { retries: 0 });
  const items = itemsOf(40);
  const counts = await collect({ items, onFailure: (id) => failed.push(id) });
  expect(counts.failed).toBeGreaterThan(5);
  expect(counts.answered + counts.failed).toBe(40);
  expect(failed).toHaveLength(counts.failed);
  expect(store.size).toBe(counts.answered);
  const { collect: collectAgain } = await model(server, "weak", { retries: 30 });
  await stores[0]!.close();
  expect(await collectAgain({ items })).toMatchObject({ stored: counts.answered, answered: counts.failed, failed: 0 });
  expect(Math.max(...server.answers.values())).toBe(1);
});

it("stops at the first sign that no prompt can be answered, and after many failures in a row", async () => {
  const server = await start({ key: "right" });
  const { collect } = await model(server, "weak", { key: "wrong", max_concurrency: 4 });
  await expect(collect({ items: itemsOf(1000) })).rejects.toMatchObject({ code: "E_PROVIDER" });
  expect(server.stats.requests).toBeLessThan(10);

  const broken = await start({ faults: { seed: 1, rate: 1, kinds: ["500"] } });
  const hopeless = await model(broken, "weak", { retries: 0, max_concurrency: 4 });
  await expect(hopeless.collect({ items: itemsOf(1000), maxFailuresInARow: 20 })).rejects.toMatchObject({
    code: "E_PROVIDER",
    message: expect.stringContaining("got 20 failures in a row") as string,
  });
  expect(broken.stats.requests).toBeLessThan(40);
});

it("keeps what it has when the signal fires, and goes on from there", async () => {
  const server = await start({ latency: 2 });
  const { collect, store } = await model(server, "weak", { max_concurrency: 8 });
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  const onProgress: CollectOptions["onProgress"] = ({ answered }) => {
    if (answered >= 50) controller.abort(reason);
  };
  await expect(collect({ items: itemsOf(200), signal: controller.signal, onProgress })).rejects.toBe(reason);
  const kept = store.size;
  expect(kept).toBeGreaterThanOrEqual(50);
  expect(kept).toBeLessThan(70);
  expect(await collect({ items: itemsOf(200) })).toMatchObject({ stored: kept, answered: 200 - kept });
});

it("spends no more tokens than it may, but for what is under way", async () => {
  const server = await start();
  const { collect } = await model(server, "weak", { max_concurrency: 2 });
  const counts = await collect({ items: itemsOf(100), stopWhen: ({ tokens }) => tokens.completion >= 50 });
  expect(counts.stopped).toBe("budget");
  expect(counts.answered).toBeGreaterThanOrEqual(10);
  expect(counts.answered).toBeLessThanOrEqual(11);
});

it("reads its items once, and leaves off where it ends", async () => {
  const server = await start();
  const { collect } = await model(server, "weak");
  let closed = false;
  async function* many() {
    try {
      for (const item of itemsOf(30)) yield item;
    } finally {
      closed = true;
    }
  }
  expect(await collect({ items: many() })).toMatchObject({ prompts: 30, answered: 30 });
  expect(closed).toBe(true);
});
