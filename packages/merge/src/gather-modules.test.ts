import { describe, expect, it } from "vitest";
import { adapterOf, moduleOf } from "./__fixtures__/make-modules.ts";
import { matrix } from "@prefdelta/linalg";
import { gatherModules } from "./gather-modules.ts";

const module = moduleOf(matrix(2, 1, [1, 2]), matrix(1, 3, [1, 0, 1]));
const both = adapterOf({ "b.q": module, "a.q": module });
const one = adapterOf({ "a.q": module });
const names = ["x", "y", "z"];
const plain = { normalise: "sum", missing: "zero" } as const;

describe("gatherModules", () => {
  it("takes the union of modules in path order, each with who has it and who lacks it", () => {
    const gathered = gatherModules([both, one], names, plain);
    expect(gathered.map(({ path, sources, missing }) => [path, sources.map(({ index }) => index), missing])).toEqual([
      ["a.q", [0, 1], []],
      ["b.q", [0], [1]],
    ]);
  });

  it.each([
    { normalise: "sum", missing: "zero", weights: [2, 1, -1], all: [2, 1, -1], alone: [2] },
    { normalise: "mean", missing: "zero", weights: [2, 1, -1], all: [0.5, 0.25, -0.25], alone: [0.5] },
    { normalise: "sum", missing: "renormalise", weights: [2, 1, -1], all: [2, 1, -1], alone: [4] },
    { normalise: "mean", missing: "renormalise", weights: [2, 1, -1], all: [0.5, 0.25, -0.25], alone: [1] },
    { normalise: "sum", missing: "zero", weights: undefined, all: [1, 1, 1], alone: [1] },
    { normalise: "mean", missing: "renormalise", weights: [0, 1, 1], all: [0, 0.5, 0.5], alone: [0] },
    { normalise: "mean", missing: "zero", weights: [0, 0, 0], all: [0, 0, 0], alone: [0] },
  ] as const)(
    "weighs by $normalise from $weights; $missing for a module that two lack: $alone",
    ({ all, alone, ...options }) => {
      const weights = options.weights && [...options.weights];
      const [a, b] = gatherModules([both, one, one], names, { ...options, weights });
      expect(a!.sources.map(({ weight }) => weight)).toEqual(all);
      expect(b!.sources.map(({ weight }) => weight)).toEqual(alone);
    },
  );

  it("normalises and makes up for the missing by the weights of each module", () => {
    const weightsBy = [{ filter: "a.", weights: [3, 1] }];
    const options = { weights: [1, 4], weightsBy, normalise: "mean", missing: "renormalise" } as const;
    const [a, b] = gatherModules([both, one], names, { ...options, weights: [...options.weights] });
    expect(a!.sources.map(({ weight }) => weight)).toEqual([0.75, 0.25]);
    expect(b!.sources.map(({ weight }) => weight)).toEqual([1]);
  });

  it("refuses layers of different shapes, with all of them", () => {
    const other = adapterOf({ "a.q": { ...module, outFeatures: 1, B: Float32Array.of(1) } });
    expect(() => gatherModules([both, other], names, plain)).toThrow(
      "a.q: expected one shape, found x: 2 × 3, y: 1 × 3",
    );
    expect(() => gatherModules([both, other], names, plain)).toThrow(expect.objectContaining({ code: "E_ADAPTERS" }));
  });

  it("refuses NaN and infinities by adapter, tensor and place, all at once", () => {
    const bad = adapterOf({
      "a.q": { ...module, A: Float32Array.of(1, Number.NaN, 0) },
      "b.q": { ...module, B: Float32Array.of(-Infinity, 0), scale: Infinity },
    });
    expect(() => gatherModules([both, bad], names, plain)).toThrow(
      expect.objectContaining({
        code: "E_NOT_FINITE",
        problems: [
          "y: a.q.lora_A.weight: expected finite numbers, found NaN at 1",
          "y: b.q.lora_B.weight: expected finite numbers, found -Infinity at 0",
          "y: b.q.scale: expected a finite number, found Infinity",
        ],
      }),
    );
  });
});
