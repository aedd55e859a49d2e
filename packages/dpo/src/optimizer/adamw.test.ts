import { expect, it } from "vitest";
import { initAdamW, updateAdamW } from "./adamw.ts";

const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, learningRate: 0.1 };

it("moves by the learning rate against the sign of the first gradient, whatever its size", () => {
  const parameters = new Map([["w", Float32Array.of(1, 1, 1)]]);
  updateAdamW(parameters, new Map([["w", Float32Array.of(1e-3, -7, 0)]]), { ...options, state: initAdamW(parameters) });
  expect(parameters.get("w")!).toBeAllClose([0.9, 1.1, 1], { rtol: 1e-4 });
});

it("decays weights apart from the gradient", () => {
  const parameters = new Map([["w", Float32Array.of(2)]]);
  const state = initAdamW(parameters);
  updateAdamW(parameters, new Map([["w", Float32Array.of(0)]]), { ...options, weightDecay: 0.5, state });
  expect(parameters.get("w")![0]).toBeCloseTo(2 * (1 - 0.1 * 0.5), 6);
  expect([...state.first.get("w")!, ...state.second.get("w")!]).toEqual([0, 0]);
});

it("follows a hand-computed second update", () => {
  const parameters = new Map([["w", Float32Array.of(0)]]);
  const state = initAdamW(parameters);
  for (const g of [1, 3]) updateAdamW(parameters, new Map([["w", Float32Array.of(g)]]), { ...options, state });
  // m = 0.9·0.1 + 0.1·3 = 0.39, v = 0.95·0.05 + 0.05·9 = 0.4975; m̂ = m / 0.19, v̂ = v / 0.0975
  const second = (0.1 * (0.39 / 0.19)) / Math.sqrt(0.4975 / 0.0975);
  expect(parameters.get("w")![0]).toBeCloseTo(-0.1 - second, 6);
});

it("multiplies the learning rate, decay included, of the arrays that ask for it", () => {
  const parameters = new Map([
    ["slow", Float32Array.of(1)],
    ["fast", Float32Array.of(1)],
  ]);
  const gradients = new Map([...parameters.keys()].map((name) => [name, Float32Array.of(-2)]));
  updateAdamW(parameters, gradients, {
    ...options,
    weightDecay: 0.5,
    state: initAdamW(parameters),
    rateFactor: (name) => (name === "fast" ? 4 : 1),
  });
  expect(parameters.get("slow")![0]).toBeCloseTo(1 - 0.05 + 0.1, 6);
  expect(parameters.get("fast")![0]).toBeCloseTo(1 - 0.2 + 0.4, 6);
});
