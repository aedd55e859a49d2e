import { createRandom, integer } from "@prefdelta/random";
import { afterAll, describe, expect, it } from "vitest";
import { createRuntime } from "../runtime/create-runtime.ts";
import { randomLora, randomModel } from "../__fixtures__/random-model.ts";
import type { StepCache } from "../runtime/step-cache.ts";
import type { PromptRow } from "./layout.ts";
import { weightBytes } from "../storage.ts";
import { PROCESS_BYTES } from "./memory-budget.ts";
import { score } from "./score.ts";

const lm = randomModel(await createRuntime("onnx"));
afterAll(() => lm.dispose());

const random = createRandom("rows");
const tokens = (n: number): number[] => Array.from({ length: n }, () => integer(random, 60));
const rows: PromptRow[] = Array.from({ length: 7 }, (_, i) => ({
  prompt: tokens(1 + 5 * i),
  completions: [tokens(2 + i), tokens(9 - i)].map((ids) => ({ ids, mask: ids.map(() => 1) })),
}));

describe("score", () => {
  it("gives the same whatever the batches, in the order of the rows", async () => {
    const one = await score(lm, rows, { batchTokens: 1 });
    const many = await score(lm, rows, { batchTokens: 100_000 });
    expect(many.logProbs).toBeAllClose(one.logProbs, { rtol: 1e-5 });
    expect(many.counts).toEqual(one.counts);
    expect([...one.counts]).toEqual(rows.flatMap(({ completions }) => completions.map(({ ids }) => ids.length)));
  });

  it("takes as few rows at a time as the model's memory holds, and gives the same", async () => {
    const batchesOf = async (memoryBytes: number | undefined): Promise<{ sizes: number[]; logProbs: Float32Array }> => {
      const done: number[] = [0];
      const { logProbs } = await score({ ...lm, memoryBytes }, rows, { onProgress: (rows) => done.push(rows) });
      return { sizes: done.slice(1).map((rows, i) => rows - done[i]!), logProbs };
    };
    const [all, single] = [await batchesOf(undefined), await batchesOf(PROCESS_BYTES)];
    expect(all.sizes).toEqual([rows.length]);
    expect(single.sizes).toEqual(rows.map(() => 1));
    expect(single.logProbs).toBeAllClose(all.logProbs, { rtol: 1e-5 });
  });

  it("tells of rows that the model's memory does not hold, and scores them all the same", async () => {
    const told: (readonly [number, number])[] = [];
    const onShortage = (...shortage: [number, number]): void => void told.push(shortage);
    const { logProbs } = await score({ ...lm, memoryBytes: PROCESS_BYTES, onShortage }, rows);
    expect(logProbs).toBeAllClose((await score(lm, rows)).logProbs, { rtol: 1e-5 });
    expect(told).toHaveLength(rows.length);
    for (const [needed, left] of told) {
      expect(left).toBe(-weightBytes(lm.config, "f32"));
      expect(needed).toBeGreaterThan(0);
    }
    await score({ ...lm, memoryBytes: 2 * PROCESS_BYTES, onShortage }, rows);
    expect(told).toHaveLength(rows.length);
  });

  it("computes what all prompts begin with once, and gives the same", async () => {
    const prefix = tokens(40);
    const after = rows.map((row) => ({ ...row, prompt: [...prefix, ...row.prompt] }));
    const compiled: string[] = [];
    const steps: StepCache = {
      ...lm.steps,
      get: (key, step, bytes) => (compiled.push(key), lm.steps.get(key, step, bytes)),
    };
    const shared = await score({ ...lm, steps }, after);
    expect(compiled.some((key) => key.includes(" S48 "))).toBe(true); // 40 tokens in 48 slots
    // A row alone shares nothing.
    const alone = await Promise.all(after.map((row) => score(lm, [row])));
    expect(shared.logProbs).toBeAllClose(
      alone.flatMap(({ logProbs }) => [...logProbs]),
      { rtol: 1e-5 },
    );
  });

  it("adds token log-probs: a completion's is its parts' sum", async () => {
    const [prompt, first, second] = [
      [3, 4, 5],
      [10, 11],
      [12, 13, 14],
    ];
    const whole = { ids: [...first, ...second], mask: [1, 1, 1, 1, 1] };
    const part = (ids: number[], after: number[]) => ({
      prompt: after,
      completions: [{ ids, mask: ids.map(() => 1) }],
    });
    const { logProbs } = await score(lm, [
      { prompt, completions: [whole] },
      part(first, prompt),
      part(second, [...prompt, ...first]),
    ]);
    expect(logProbs[1]! + logProbs[2]!).toBeCloseTo(logProbs[0]!, 4);
  });

  it("leaves masked tokens out of the sum but in the context", async () => {
    const ids = [10, 20, 30];
    const { logProbs, counts } = await score(lm, [
      { prompt: [1], completions: [{ ids, mask: [1, 0, 1] }] },
      { prompt: [1], completions: [{ ids: [10], mask: [1] }] },
      { prompt: [1, 10, 20], completions: [{ ids: [30], mask: [1] }] },
    ]);
    expect(counts[0]).toBe(2);
    expect(logProbs[1]! + logProbs[2]!).toBeCloseTo(logProbs[0]!, 4);
  });

  it("sums probabilities over the vocabulary to one", async () => {
    const all = Array.from({ length: lm.config.vocabSize }, (_, id) => ({ ids: [id], mask: [1] }));
    const { logProbs, entropy, accuracy } = await score(lm, [{ prompt: [7, 8, 9], completions: all }]);
    const probabilities = Array.from(logProbs, Math.exp);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
    // every completion asks the same distribution
    const expected = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
    expect(entropy[0]).toBeCloseTo(expected, 4);
    expect(accuracy.reduce((a, b) => a + b)).toBe(1);
    expect(accuracy.indexOf(1)).toBe(probabilities.indexOf(Math.max(...probabilities)));
  });

  it.each(["bf16", "f16", "int8"] as const)("stays close to f32 with %s storage", async (storage) => {
    const small = randomModel(lm.runtime, storage);
    const expected = await score(lm, rows);
    const { logProbs, counts } = await score(small, rows);
    const perToken = logProbs.map((value, s) => Math.abs(value - expected.logProbs[s]!) / counts[s]!);
    expect(Math.max(...perToken)).toBeLessThan(0.15); // nats a token
    expect(Math.max(...perToken)).toBeGreaterThan(0);
    await small.dispose();
  });

  it("is the base's with a LoRA whose B is zero", async () => {
    const lora = randomLora();
    for (const { B } of lora.modules.values()) B.fill(0);
    expect((await score(lm, rows, { lora })).logProbs).toBeAllClose((await score(lm, rows)).logProbs, { rtol: 1e-6 });
  });

  it("refuses a token outside the vocabulary", async () => {
    const bad = [{ prompt: [61], completions: [{ ids: [1], mask: [1] }] }];
    await expect(score(lm, bad)).rejects.toMatchObject({ code: "E_TOKENS" });
  });
});
