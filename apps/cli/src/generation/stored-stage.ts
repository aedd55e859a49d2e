import { join } from "node:path";

import type { Item } from "@prefdelta/preference";
import { openResponseStore, storedPairs, streamItems, writeItems } from "@prefdelta/preference/node";
import type { CollectCounts, ResponseStore } from "@prefdelta/preference/node";

import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import type { RecipePair, RecipeSide } from "../recipe/recipe-schema.ts";
import { interrupted } from "../stages/interrupted.ts";
import type { StageContext } from "../stages/stage.ts";
import type { AnsweringModel } from "./answering-model.ts";
import { baseMargin } from "./base-margin.ts";
import type { GenerationContext } from "./generation-context.ts";
import { judgedPairs, judgeItems } from "./judge-pairs.ts";
import { describePrompts, siftedCounts } from "./prepare-prompts.ts";
import { openPrompts, promptInputs } from "./stored-prompts.ts";
import { verifyAnswer } from "./verify-answer.ts";
import { describeCounts, writeDiagnosedPairs } from "./write-diagnosed-pairs.ts";

interface NamedPair {
  /** The stage's: `generate/NAME`. */
  readonly label: string;
  readonly pair: RecipePair;
}

/** What the pairs of stored answers depend on: where the servers are does not count. */
export async function storedInputs({ pair }: NamedPair, generation: GenerationContext): Promise<Json> {
  const { filters, verify, judge } = generation.run.recipe.generate;
  const side = async (name: RecipeSide) => (await generation.model(name)).inputs;
  return {
    prompts: await promptInputs(pair.prompts, generation),
    chosen: await side(pair.chosen),
    rejected: await side(pair.rejected),
    limit: generation.run.recipe.limit ?? null,
    filters,
    verify,
    ...(await generation.marginInputs()),
    ...(judge === undefined ? {} : { judge: (await generation.model(judge, { searches: false })).inputs }),
  };
}

/** How many prompts a store has no answer to. */
async function countMissing(items: AsyncIterable<Item>, store: ResponseStore): Promise<number> {
  let missing = 0;
  for await (const { prompt, tools } of items) if (!store.has(store.keyOf(prompt, tools))) missing++;
  return missing;
}

/** Has both models of a pair answer what they have not answered yet, and writes the pairs of all their answers. */
export async function generateStored(
  { label, pair }: NamedPair,
  generation: GenerationContext,
  stage: Pick<StageContext, "output" | "reporter" | "signal" | "work">,
): Promise<string> {
  const { run, storeFolder } = generation;
  const { reporter, signal } = stage;
  const sides = [await generation.model(pair.chosen), await generation.model(pair.rejected)] as const;
  const stores: ResponseStore[] = [];
  try {
    for (const { identity } of sides) stores.push(await openResponseStore(storeFolder, identity));
    // Models that will be asked for certain are looked at before prompts are sifted, which may take minutes.
    if (stores.some(({ size }) => size === 0)) await generation.checkModels(signal);
    const prompts = await openPrompts(pair.prompts, generation);
    reporter.line(`${label}: ${describePrompts(prompts.counts)}`);
    for (const [i, model] of sides.entries()) {
      const side = `${label} ${i === 0 ? "chosen" : "rejected"}`;
      const asked = { items: prompts.items, total: prompts.counts.kept };
      await collect(model, { label: side, store: stores[i]!, prompts: asked, generation, stage });
    }

    const [chosen, rejected] = stores as [ResponseStore, ResponseStore];
    const { filters, verify, judge } = run.recipe.generate;
    const isCorrect = verifyAnswer(verify);
    const pairsOf = () => storedPairs({ items: streamItems(prompts.items), chosen, rejected, filters, isCorrect });
    let built = pairsOf();
    if (judge !== undefined) {
      const model = await generation.model(judge, { searches: false });
      const verdicts = await openResponseStore(storeFolder, model.identity);
      stores.push(verdicts);
      const questions = join(stage.work, "judge.jsonl");
      await writeItems(questions, judgeItems(built.pairs));
      const asked = { items: questions, total: 2 * built.counts.pairs };
      await collect(model, { label: `${label} judge`, store: verdicts, prompts: asked, generation, stage });
      built = judgedPairs(pairsOf(), verdicts);
    }
    const { sourceOf } = built;
    const written = await writeDiagnosedPairs(stage.output, {
      ...built,
      prompts: siftedCounts(prompts.counts, pair.prompts),
      margin: baseMargin(label, generation, stage),
      knownOf(row) {
        const { item, tokens } = sourceOf(row)!;
        return { tokens, isCorrect: (text) => isCorrect(item, text) };
      },
    });
    await prompts.copyDropped(stage.output);
    return describeCounts(written.counts);
  } catch (error) {
    if (signal.aborted && !(error instanceof CliError)) throw interrupted(label);
    throw error;
  } finally {
    for (const store of stores) await store.close();
  }
}

interface CollectSide {
  readonly label: string;
  readonly store: ResponseStore;
  /** An items file, and how many it holds. */
  readonly prompts: { readonly items: string; readonly total: number };
  readonly generation: GenerationContext;
  readonly stage: Pick<StageContext, "reporter" | "signal">;
}

async function collect(
  model: AnsweringModel,
  { label, store, prompts, generation, stage }: CollectSide,
): Promise<void> {
  const { reporter, signal } = stage;
  const missing = await countMissing(streamItems(prompts.items), store);
  if (missing === 0) return;
  await generation.checkModels(signal);
  const { total } = prompts;
  if (missing < total) reporter.line(`${label}: ${total - missing} of ${total} answered before`);
  const progress = reporter.progress(label, { total, unit: "answers", start: total - missing });
  const failures: string[] = [];
  let counts: CollectCounts;
  try {
    counts = await model.collect(streamItems(prompts.items), {
      store,
      signal,
      isSpent: generation.budget.open(model.price),
      onProgress: ({ stored, answered, repeated, failed }) =>
        progress.update(stored + answered + repeated, failed === 0 ? "" : `${failed} failed`),
      onFailure(id, message) {
        if (failures.length < 3) failures.push(`${id}: ${message}`);
      },
    });
  } finally {
    progress.stop();
  }
  if (counts.failed > 0)
    reporter.line(
      [`${label}: ${counts.failed} prompts got no answer; the next run asks them again`, ...failures].join("\n  "),
    );
  if (counts.stopped === "budget") {
    const { tokens, cost } = generation.budget;
    const message = `${label}: the budget is spent (${tokens} tokens, cost ${cost.toFixed(2)}) with ${store.size} prompts answered; they are kept, and the same command with a new budget goes on`;
    throw new CliError("E_BUDGET", message);
  }
}
