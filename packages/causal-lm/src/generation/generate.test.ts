import { createRandom, integer } from "@prefdelta/random";
import { afterAll, describe, expect, it } from "vitest";
import { createRuntime } from "../runtime/create-runtime.ts";
import { randomLora, randomModel } from "../__fixtures__/random-model.ts";
import type { CausalLm } from "../causal-lm.ts";
import { weightBytes } from "../storage.ts";
import { PROCESS_BYTES } from "../training/memory-budget.ts";
import { loraBytes } from "../training/step-memory.ts";
import { score } from "../training/score.ts";
import { generate } from "./generate.ts";
import { generationBytes } from "./generation-memory.ts";

const lm = randomModel(await createRuntime("onnx"));
afterAll(() => lm.dispose());

const random = createRandom("prompts");
const prompts = Array.from({ length: 9 }, (_, i) => Array.from({ length: 1 + 7 * (i % 4) }, () => integer(random, 60)));

/** The most likely next token by scoring all of them, without a cache. */
async function argmaxAfter(context: number[]): Promise<number> {
  const all = Array.from({ length: lm.config.vocabSize }, (_, id) => ({ ids: [id], mask: [1] }));
  const { logProbs } = await score(lm, [{ prompt: context, completions: all }], { lora: randomLora() });
  return logProbs.indexOf(Math.max(...logProbs));
}

/** The same model where so many bytes are left beside process and weights, and the keys of the steps that it asks for. */
function bounded(left: number, onShortage?: CausalLm["onShortage"]): { lm: CausalLm; keys: string[] } {
  const keys: string[] = [];
  const steps: CausalLm["steps"] = {
    ...lm.steps,
    get: (key, compile, bytes) => (keys.push(key), lm.steps.get(key, compile, bytes)),
  };
  const memoryBytes = PROCESS_BYTES + weightBytes(lm.config, lm.storage) + left;
  return { lm: { ...lm, steps, memoryBytes, onShortage }, keys };
}

describe("generate", () => {
  it("takes greedily what scoring without a cache finds most likely", async () => {
    const options = { maxNewTokens: 6, lora: randomLora() };
    const answers = await generate(lm, prompts.slice(0, 3), options);
    for (const [i, { ids }] of answers.entries()) {
      for (const [step, id] of ids.entries()) {
        expect(id).toBe(await argmaxAfter([...prompts[i]!, ...ids.slice(0, step)]));
      }
    }
  });

  it("answers a prompt alike alone and among others, greedy or sampled", async () => {
    for (const sampling of [{}, { temperature: 1, random: createRandom(5) }]) {
      const options = { maxNewTokens: 40, ...sampling };
      const together = await generate(lm, prompts, { ...options, batchSize: 64 });
      const apart = await generate(lm, prompts, { ...options, batchSize: 1 });
      expect(apart).toEqual(together);
    }
  });

  it("answers alike where all prompts begin alike, which is computed once", async () => {
    const prefix = Array.from({ length: 40 }, () => integer(random, 60));
    const after = prompts.map((prompt) => [...prefix, ...prompt]);
    const together = await generate(lm, after, { maxNewTokens: 20, lora: randomLora() });
    const apart = await generate(lm, after, { maxNewTokens: 20, lora: randomLora(), batchSize: 1 });
    expect(together).toEqual(apart);
  });

  it("outgrows its first cache", async () => {
    const [answer] = await generate(lm, [prompts[3]!], { maxNewTokens: 150 });
    expect(answer!.ids.length === 150 || answer!.stop === "eos").toBe(true);
    const [again] = await generate(lm, [prompts[3]!], { maxNewTokens: 20 });
    expect(answer!.ids.slice(0, again!.ids.length)).toEqual(again!.ids);
  });

  it("samples differently by seed and alike by the same", async () => {
    const sampled = (seed: number) =>
      generate(lm, prompts, { maxNewTokens: 12, temperature: 1, random: createRandom(seed) });
    expect(await sampled(1)).toEqual(await sampled(1));
    expect(await sampled(1)).not.toEqual(await sampled(2));
  });

  it("says what ended an answer, and keeps it in the text", async () => {
    const free = await generate(lm, prompts, { maxNewTokens: 10 });
    for (const { ids, stop } of free) {
      expect(stop).toBe(ids.at(-1) === lm.tokenizer.eosId ? "eos" : "length");
      expect(stop === "length" ? ids.length : 10).toBe(10);
    }
    const third = free[0]!.ids[2]!;
    const first = free[0]!.ids.indexOf(third);
    const [byId] = await generate(lm, prompts.slice(0, 1), { maxNewTokens: 10, stopIds: [third] });
    expect(byId).toMatchObject({ stop: "stop", ids: free[0]!.ids.slice(0, first + 1) });
    const stopStrings = [lm.tokenizer.decode(free[0]!.ids.slice(0, 2))];
    const [byText] = await generate(lm, prompts.slice(0, 1), { maxNewTokens: 10, stopStrings });
    expect(byText).toMatchObject({ stop: "stop", text: stopStrings[0] });
  });

  it("reports prompts as batches finish", async () => {
    const seen: number[] = [];
    await generate(lm, prompts, { maxNewTokens: 1, batchSize: 4, onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([4, 8, 9]);
  });

  it("refuses an empty prompt", async () => {
    await expect(generate(lm, [[1], []], { maxNewTokens: 1 })).rejects.toMatchObject({
      code: "E_TOKENS",
      message: expect.stringContaining("prompt 1") as string,
    });
  });

  describe("with a bound on memory", () => {
    const longest = Math.max(...prompts.map(({ length }) => length));

    it("answers as without, in batches that fit, greedy or sampled, the answers' places kept", async () => {
      for (const sampling of [{}, { temperature: 1, random: createRandom(5) }]) {
        const done: number[] = [];
        const options = { maxNewTokens: 40, ...sampling, onProgress: (prompts: number) => done.push(prompts) };
        const { lm: small } = bounded(generationBytes(lm, { rows: 4, longest, maxNewTokens: 40 }));
        const answers = await generate(small, prompts, options);
        expect(done.length).toBeGreaterThan(1);
        expect(done[0]).toBeLessThan(prompts.length);
        expect(answers).toEqual(await generate(lm, prompts, { ...options, onProgress: () => {} }));
      }
    });

    it("runs prompts in groups, and one that is too long in parts, to the same answers", async () => {
      const long = Array.from({ length: 5 }, (_, i) => Array.from({ length: 200 + i }, () => integer(random, 60)));
      const options = { maxNewTokens: 8, lora: randomLora() };
      const needed = generationBytes(lm, { rows: 5, longest: 204, maxNewTokens: 8 });
      const { lm: small, keys } = bounded(needed + loraBytes(options.lora));
      const answers = await generate(small, long, options);
      expect(keys.some((key) => key.startsWith("forward B1 T64 S"))).toBe(true);
      expect(keys.some((key) => key.startsWith("forward B5 T1 "))).toBe(true);
      expect(answers).toEqual(await generate(lm, long, options));
    });

    it("runs what all prompts begin with in parts, too, to the same answers", async () => {
      const beginning = Array.from({ length: 200 }, () => integer(random, 60));
      const after = prompts.slice(0, 3).map((prompt) => [...beginning, ...prompt]);
      const size = { rows: 3, longest: Math.max(...after.map(({ length }) => length)), maxNewTokens: 8 };
      const { lm: small, keys } = bounded(generationBytes(lm, size));
      const answers = await generate(small, after, { maxNewTokens: 8 });
      expect(keys[0]).toMatch(/^forward B1 T64 S256 /);
      expect(answers).toEqual(await generate(lm, after, { maxNewTokens: 8 }));
    });

    it("runs a prompt that does not fit all the same, and tells what it needs and what is left", async () => {
      const told: (readonly [number, number])[] = [];
      const { lm: small } = bounded(1000, (...shortage) => told.push(shortage));
      const answers = await generate(small, prompts.slice(0, 2), { maxNewTokens: 5 });
      expect(answers).toEqual(await generate(lm, prompts.slice(0, 2), { maxNewTokens: 5 }));
      const needed = prompts
        .slice(0, 2)
        .map(({ length }) => generationBytes(lm, { rows: 1, longest: length, maxNewTokens: 5 }));
      expect(told).toEqual(needed.map((bytes) => [bytes, 1000]));
    });

    it("tells nothing where prompts fit, or where nothing was said of memory", async () => {
      const told: unknown[] = [];
      const { lm: roomy } = bounded(1e9, (...shortage) => told.push(shortage));
      await generate(roomy, prompts, { maxNewTokens: 3 });
      await generate({ ...roomy, memoryBytes: undefined }, prompts, { maxNewTokens: 3 });
      expect(told).toEqual([]);
    });
  });
});
