import { loraFromAdapter, score } from "@prefdelta/causal-lm";
import type { CausalLm } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";
import { afterAll, beforeAll, expect, test } from "vitest";

import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { openEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { engineOptionsSchema } from "../engine/engine-options.ts";
import { localModel } from "./local-model.ts";

let engine: Engine;
let lm: CausalLm;
beforeAll(async () => {
  engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  lm = await engine.model(tinyModel);
});
afterAll(() => engine.close());

const options = { batchSize: 4, random: createRandom(1) };
const pairs = [
  { context: "The sky is", continuation: " blue" },
  { context: "The sky is", continuation: " of no colour at all" },
  { context: "Snow", continuation: " is white" },
];

test("a likelihood is the sum of its tokens', whichever requests are asked with it", async () => {
  const model = localModel(lm, options);
  const together = await model.loglikelihood(pairs);
  for (const [i, { context, continuation }] of pairs.entries()) {
    const [alone] = await model.loglikelihood([pairs[i]!]);
    expect(together[i]!.logProb).toBeCloseTo(alone!.logProb, 4);
    const ids = lm.tokenizer.encode(continuation);
    const row = { prompt: lm.tokenizer.encode(context), completions: [{ ids, mask: ids.map(() => 1) }] };
    expect(alone!.logProb).toBeCloseTo((await score(lm, [row])).logProbs[0]!, 4);
  }
});

test("greedy is what greedy decoding writes, and nothing else", async () => {
  const model = localModel(lm, options);
  const [written] = await model.generate([{ context: "The sky is", until: [], maxNewTokens: 3, temperature: 0 }]);
  const ids = lm.tokenizer.encode(written!.text);
  expect(written!.truncated).toBe(ids.length === 3);
  const [first, other] = await model.loglikelihood([
    { context: "The sky is", continuation: written!.text },
    { context: "The sky is", continuation: " something else entirely" },
  ]);
  expect([first!.isGreedy, other!.isGreedy]).toEqual([true, false]);
});

test("an adapter changes likelihoods, and the base is as before after it", async () => {
  const lora = loraFromAdapter(lm.config, await loadAdapter(tinyAdapter));
  const base = await localModel(lm, options).loglikelihood(pairs);
  const adapted = await localModel(lm, { ...options, lora }).loglikelihood(pairs);
  expect(adapted).not.toEqual(base);
  expect(await localModel(lm, options).loglikelihood(pairs)).toEqual(base);
});

test("a context beyond the window is cut from the left; an empty one is the token that ends a text", async () => {
  const narrow = { ...lm, config: { ...lm.config, maxPositions: 8 } };
  const model = localModel(narrow, options);
  const long = { context: "one two three four five six seven eight nine ten", continuation: " eleven" };
  const [cut] = await model.loglikelihood([long]);
  const ids = lm.tokenizer.encode(long.continuation);
  const row = (prompt: number[]) => ({ prompt, completions: [{ ids, mask: ids.map(() => 1) }] });
  const kept = lm.tokenizer.encode(long.context).slice(-(9 - ids.length));
  expect(cut!.logProb).toBeCloseTo((await score(lm, [row(kept)])).logProbs[0]!, 4);
  const [bare] = await model.loglikelihood([{ ...long, context: "" }]);
  expect(bare!.logProb).toBeCloseTo((await score(lm, [row([lm.tokenizer.eosId])])).logProbs[0]!, 4);
});

test("a sampled answer depends on its context and the seed, not on its place", async () => {
  const request = (context: string) => ({ context, until: [], maxNewTokens: 5, temperature: 1.5 });
  const ask = (contexts: string[], seed = 1) =>
    localModel(lm, { ...options, random: createRandom(seed) }).generate(contexts.map(request));
  const [a, b] = await ask(["a", "b"]);
  expect(await ask(["b", "a"])).toEqual([b, a]);
  expect(await ask(["a"], 2)).not.toEqual([a]);
});

test("a conversation that fills the window ends there, the others go on", async () => {
  const prompt = [{ role: "user" as const, content: "Who?" }];
  const room = lm.tokenizer.encode(lm.tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true })).length + 1;
  const { continueText } = localModel({ ...lm, config: { ...lm.config, maxPositions: room } }, options);
  const turn = { stop: [], maxNewTokens: 3, turn: 0 };
  const fits = { id: "a", prompt, segments: [] };
  const full = { id: "b", prompt, segments: [{ text: "A long way it has come.", source: "model" as const }] };
  const ended = { text: "", stop: "length" };
  expect(await continueText([full, fits], turn)).toEqual([
    ended,
    ...(await localModel(lm, options).continueText([fits], turn)),
  ]);
  expect(await continueText([full], turn)).toEqual([ended]);
});
