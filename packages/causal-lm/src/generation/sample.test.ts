import { createRandom, type Random } from "@prefdelta/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleToken } from "./sample.ts";

const logits = Float32Array.of(1, 3, 2, 3, -1);
const drawing = (value: number): Random => ({ next: () => value, fork: () => drawing(value) });

describe("sampleToken", () => {
  it("takes the first of the largest logits at temperature 0", () => {
    expect(sampleToken(logits, {}, drawing(0.9))).toBe(1);
  });

  it("walks the cumulative distribution in vocabulary order", () => {
    const even = Float32Array.of(0, 0, 0, 0);
    expect([0, 0.24, 0.26, 0.74, 0.99].map((u) => sampleToken(even, { temperature: 1 }, drawing(u)))).toEqual([
      0, 0, 1, 2, 3,
    ]);
  });

  it("keeps the top k only", () => {
    const chosen = [0, 0.5, 0.999].map((u) => sampleToken(logits, { temperature: 1, topK: 2 }, drawing(u)));
    expect(new Set(chosen)).toEqual(new Set([1, 3]));
  });

  it("keeps the smallest set that reaches top p", () => {
    // p = .04 .32 .12 .32 … : two tokens hold 0.75 of the mass
    const chosen = [0, 0.3, 0.6, 0.999].map((u) => sampleToken(logits, { temperature: 1, topP: 0.6 }, drawing(u)));
    expect(new Set(chosen)).toEqual(new Set([1, 3]));
  });

  it("draws tokens as often as softmax says", () => {
    const random = createRandom(7);
    const counts = new Float64Array(5);
    const draws = 20_000;
    for (let i = 0; i < draws; i++) counts[sampleToken(logits, { temperature: 2 }, random)]! += 1 / draws;
    const weights = Array.from(logits, (logit) => Math.exp(logit / 2));
    const total = weights.reduce((a, b) => a + b);
    // five standard errors of a share
    expect(counts).toBeAllClose(
      weights.map((w) => w / total),
      { rtol: 0, atol: 5 * Math.sqrt(0.25 / draws) },
    );
  });

  it("always gives a token of the vocabulary", () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 20, min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (values, u, topP) => {
          const id = sampleToken(values, { temperature: 0.7, topP, topK: 5 }, drawing(u));
          return id >= 0 && id < values.length;
        },
      ),
    );
  });
});
