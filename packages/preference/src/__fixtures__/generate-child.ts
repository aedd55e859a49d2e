import { createRandom } from "@prefdelta/random";
import { openAiOptions, openAiProvider } from "../index.ts";
import { collectResponses, createNodeFetch, openResponseStore, readItems, storedPairs, writePairs } from "../node.ts";

// node generate-child.ts URL ITEMS STORE OUT: three models' answers, two pairs files; to be killed at any moment.
const [url, itemsFile, folder, out] = process.argv.slice(2) as [string, string, string, string];
const items = await readItems(itemsFile);
const stores = [];
for (const model of ["strong", "weak", "weaker"]) {
  const options = openAiOptions.parse({
    urls: [url],
    model,
    max_concurrency: 8,
    retries: 30,
    // Far longer than any answer takes on a busy machine: an attempt given up would be one answer more than the test counts.
    timeout_seconds: 60,
    backoff_seconds: { first: 0.002, max: 0.02 },
  });
  const provider = openAiProvider(options, { fetch: createNodeFetch(), random: createRandom(1) });
  const store = await openResponseStore(folder, provider.identity);
  await collectResponses({ items, provider, store });
  stores.push(store);
}
const [strong, weak, weaker] = stores as [(typeof stores)[0], (typeof stores)[0], (typeof stores)[0]];
await writePairs(`${out}-a.jsonl`, storedPairs({ items, chosen: strong, rejected: weak }).pairs);
await writePairs(`${out}-b.jsonl`, storedPairs({ items, chosen: weak, rejected: weaker }).pairs);
for (const store of stores) await store.close();
