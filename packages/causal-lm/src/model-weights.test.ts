import { float32, offsetsOf, scalesOf, transposedOf } from "@prefdelta/tfjs-onnx";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tinyConfig, tokenizer } from "./__fixtures__/random-model.ts";
import { createCausalLm } from "./causal-lm.ts";
import { generate } from "./generation/generate.ts";
import { headBlocks } from "./model/head-blocks.ts";
import { EMBEDDING, weightShapes } from "./model/weights.ts";
import { modelWeights } from "./model-weights.ts";
import { createRuntime } from "./runtime/create-runtime.ts";
import { store } from "./storage.ts";
import { score } from "./training/score.ts";

const HEAD = "lm_head.weight";
/** Two whole blocks and a part of one. */
const config = { ...tinyConfig, vocabSize: 2 * 8192 + 3, hiddenSize: 4 };
const untied = { ...config, tiedHead: false };

const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i));
const shape = [config.vocabSize, config.hiddenSize];
const values = wave(config.vocabSize * config.hiddenSize);

it("the head's blocks are all of its rows, in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300_000 }), (vocabSize) => {
      let next = 0;
      for (const { start, rows } of headBlocks({ vocabSize })) {
        expect(start).toBe(next);
        expect(rows).toBeGreaterThan(0);
        next += rows;
      }
      expect(next).toBe(vocabSize);
    }),
  );
});

describe("modelWeights", () => {
  it("gives the head in blocks that lie in it, and the table that it is tied to", () => {
    const stored = store(EMBEDDING, { shape, values }, "f32");
    const weights = modelWeights(EMBEDDING, stored, { config, storage: "f32" });
    expect(Object.keys(weights)).toEqual([EMBEDDING, "head.0", "head.1", "head.2"]);
    expect(weights["head.2"]).toEqual(float32([3, 4], values.slice(-12)));
    expect(weights["head.1"]!.data.buffer).toBe(values.buffer);
  });

  it("keeps neither a head of its own beside its blocks, nor the table turned round, which nothing multiplies", () => {
    const place = { config: untied, storage: "w8a8" } as const;
    const head = modelWeights(HEAD, store(HEAD, { shape, values }, "w8a8"), place);
    expect(Object.keys(head)).toHaveLength(3 * 4);
    expect(head[transposedOf("head.2")]!.shape).toEqual([4, 3]);
    expect(head[scalesOf("head.2")]!.shape).toEqual([3]);
    const table = modelWeights(EMBEDDING, store(EMBEDDING, { shape, values }, "w8a8"), place);
    expect(Object.keys(table)).toEqual([EMBEDDING, scalesOf(EMBEDDING)]);
  });

  it("keeps w8a8's integers both ways round, the same as int8's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 150 }), (rows, columns) => {
        const given = { shape: [rows, columns], values: wave(rows * columns) };
        const stored = store("w", given, "int8");
        const weights = modelWeights("w", stored, { config, storage: "w8a8" });
        const { [transposedOf("w")]: turned, [offsetsOf("w")]: offsets, ...rest } = weights;
        expect(rest).toEqual(stored);
        const firstRow = stored["w"]!.data.subarray(0, columns) as Int8Array;
        expect([offsets!.shape, offsets!.data[0]]).toEqual([[rows], 128 * firstRow.reduce((sum, x) => sum + x, 0)]);
        expect(turned!.shape).toEqual([columns, rows]);
        for (let i = 0; i < given.values.length; i += 7) {
          expect(turned!.data[(i % columns) * rows + Math.floor(i / columns)]).toBe(stored["w"]!.data[i]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

it("keeps integers as uint8 where they are multiplied so: 128 stands for 0", () => {
  const stored = store("w", { shape: [2, 2], values: Float32Array.of(0, 1, -2, 1) }, "w8a8");
  expect([...stored["w"]!.data]).toEqual([0, 127, -127, 64]);
  const weights = modelWeights("w", stored, { config, storage: "w8a8", integers: "uint8" });
  expect(weights["w"]).toMatchObject({ dtype: "uint8", data: Uint8Array.of(128, 255, 1, 192) });
  expect(weights[transposedOf("w")]).toMatchObject({ dtype: "uint8", data: Uint8Array.of(128, 1, 255, 192) });
  expect(weights[scalesOf("w")]).toBe(stored[scalesOf("w")]);
  expect(weights).not.toHaveProperty([offsetsOf("w")]);
});

describe("a model with several blocks of vocabulary", () => {
  /** Tokens are renamed: id i of the first model is id i + shift of this one, round the end. */
  async function renamed(shift: number, use: "score" | "generate"): Promise<unknown> {
    const { vocabSize } = config;
    const name = (id: number): number => (id + shift) % vocabSize;
    const moved = (name: string, given: Float32Array): Float32Array => {
      if (name !== EMBEDDING) return given;
      const cut = (vocabSize - shift) * config.hiddenSize;
      return Float32Array.from([...given.subarray(cut), ...given.subarray(0, cut)]);
    };
    const shapes = weightShapes(config);
    const lm = createCausalLm({
      config,
      tokenizer,
      weights: { get: (name) => moved(name, wave(shapes.get(name)!.reduce((a, b) => a * b))) },
      runtime: await createRuntime("onnx", { threads: 1 }),
    });
    const prompt = [5, 9000, 16_386].map(name);
    const completions = [[3, 8191, 8192, 16_384], [12_000]].map((ids) => ({
      ids: ids.map(name),
      mask: ids.map(() => 1),
    }));
    try {
      if (use === "score") return await score(lm, [{ prompt, completions }]);
      const [answer] = await generate(lm, [prompt], { maxNewTokens: 4, temperature: 0 });
      return answer!.ids.map((id) => (id - shift + vocabSize) % vocabSize);
    } finally {
      await lm.dispose();
    }
  }

  it("says the same of tokens wherever in the vocabulary they are", async () => {
    const plain = (await renamed(0, "score")) as Awaited<ReturnType<typeof score>>;
    const moved = (await renamed(5000, "score")) as Awaited<ReturnType<typeof score>>;
    expect(moved.logProbs).toBeAllClose(plain.logProbs, { rtol: 1e-5 });
    expect(moved.entropy).toBeAllClose(plain.entropy, { rtol: 1e-5 });
    expect(moved.meanLogits).toBeAllClose(plain.meanLogits, { rtol: 1e-4, atol: 1e-6 });
    expect(new Set(plain.logProbs).size).toBe(2);
  });

  it("answers with the same tokens", async () => {
    const plain = await renamed(0, "generate");
    expect(plain).toHaveLength(4);
    expect(await renamed(7000, "generate")).toEqual(plain);
  });
});
