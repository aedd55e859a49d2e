import { describe, expect, it } from "vitest";
import { moduleWeights } from "./module-weights.ts";

const paths = ["lm_head", ...[0, 1, 2, 3, 4].flatMap((n) => [`model.layers.${n}.mlp.up`, `model.layers.${n}.attn.q`])];

describe("moduleWeights", () => {
  it("are 1, or those of all modules", () => {
    expect(moduleWeights(paths, 2, {})("lm_head")).toEqual([1, 1]);
    expect(moduleWeights(paths, 2, { weights: [2, -1] })("model.layers.3.mlp.up")).toEqual([2, -1]);
  });

  it("are those of the first rule that names part of the path", () => {
    const weightsBy = [
      { filter: "layers.4.", weights: [7, 7] },
      { filter: "mlp", weights: [0.5, 0] },
      { filter: ".up", weights: [9, 9] },
    ];
    const of = moduleWeights(paths, 2, { weights: [1, 2], weightsBy });
    expect(["model.layers.4.mlp.up", "model.layers.0.mlp.up", "model.layers.0.attn.q"].map(of)).toEqual([
      [7, 7],
      [0.5, 0],
      [1, 2],
    ]);
  });

  it("run over the layers where they are lists; outside the layers the first counts", () => {
    const of = moduleWeights(paths, 2, { weightsBy: [{ filter: "", weights: [[0, 1, 5], 3] }] });
    expect([0, 1, 2, 3, 4].map((n) => of(`model.layers.${n}.attn.q`))).toEqual([
      [0, 3],
      [0.5, 3],
      [1, 3],
      [3, 3],
      [5, 3],
    ]);
    expect(of("lm_head")).toEqual([0, 3]);
    expect(moduleWeights(["a.q"], 1, { weightsBy: [{ filter: "", weights: [[4]] }] })("a.q")).toEqual([4]);
  });

  it("refuses rules that fit no module or not the adapters, all at once", () => {
    const weightsBy = [
      { filter: "mpl", weights: [1, 1] },
      { filter: "mlp", weights: [1] },
    ];
    expect(() => moduleWeights(paths, 2, { weightsBy })).toThrow(
      expect.objectContaining({
        code: "E_OPTIONS",
        problems: [
          'weightsBy.0.filter: expected part of a module\'s path, found "mpl"',
          "weightsBy.1.weights: expected one per adapter, 2, found 1",
        ],
      }),
    );
  });
});
