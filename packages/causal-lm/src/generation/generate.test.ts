import { createRandom, integer } from "@prefdelta/random";
import { afterAll, describe, expect, it } from "vitest";
import { createRuntime } from "../runtime/create-runtime.ts";
import { randomLora, randomModel } from "../__fixtures__/random-model.ts";
import { score } from "../training/score.ts";
import { generate } from "./generate.ts";

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
});
