import type { CausalLm } from "@prefdelta/causal-lm";
import type { ContinueRequest } from "@prefdelta/eval";
import { createRandom } from "@prefdelta/random";
import { afterAll, beforeAll, expect, test } from "vitest";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { continueText } from "./continue-text.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { engineOptionsSchema } from "./engine-options.ts";

let engine: Engine;
let lm: CausalLm;
beforeAll(async () => {
  engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  lm = await engine.model(tinyModel);
});
afterAll(() => engine.close());

const request = (id: string, text = ""): ContinueRequest => ({
  id,
  prompt: [{ role: "user", content: `Say ${id}` }],
  segments: text === "" ? [] : [{ text, source: "model" }],
});

const ask = async (requests: ContinueRequest[], { turn = 0, temperature = 1.5, batchSize = 8, seed = 1 } = {}) => {
  const sampling = { temperature, top_p: 1, top_k: 0 };
  const answer = continueText({ lm, sampling, random: createRandom(seed), batchSize });
  return (await answer(requests, { stop: [], maxNewTokens: 6, turn })).map(({ text }) => text);
};

test("an answer depends on its item and turn, not on its neighbours, its place or its batch", async () => {
  const [a, b, c] = await ask([request("a"), request("b"), request("c")]);
  expect(await ask([request("c"), request("a")], { batchSize: 1 })).toEqual([c, a]);
  expect(await ask([request("b")])).toEqual([b]);
  expect(await ask([request("b")], { turn: 1 })).not.toEqual([b]);
  expect(await ask([request("b")], { seed: 2 })).not.toEqual([b]);
});

test("a turn goes on from the answer so far, and greedy answers draw nothing", async () => {
  const greedy = { temperature: 0 };
  const [plain] = await ask([request("a")], greedy);
  const [further] = await ask([request("a", "something else entirely")], greedy);
  expect(further).not.toBe(plain);
  expect(await ask([request("a")], { ...greedy, seed: 5 })).toEqual([plain]);
});

test("the token that ends a turn is no part of the text; a stop text is", async () => {
  const eos = lm.tokenizer.decode([lm.tokenizer.eosId]);
  const sampling = { temperature: 2, top_p: 1, top_k: 0 };
  const answer = continueText({ lm, sampling, random: createRandom(3), batchSize: 64 });
  const requests = Array.from({ length: 64 }, (_, i) => request(`item ${i}`));
  const ended = await answer(requests, { stop: [], maxNewTokens: 40, turn: 0 });
  expect(ended.some(({ stop }) => stop === "end")).toBe(true);
  expect(ended.every(({ text }) => !text.includes(eos))).toBe(true);
  const letter = /[a-z]/i.exec(ended[0]!.text)![0];
  const stopped = await answer([requests[0]!], { stop: [letter], maxNewTokens: 40, turn: 0 });
  expect(stopped[0]).toMatchObject({ stop: "stop", text: expect.stringContaining(letter) as string });
});
