import { describe, expect, it } from "vitest";
import type { Adapter, LoraModule } from "./adapter.ts";
import { assertFitsBase, checkAgainstBase } from "./check-against-base.ts";
import { portableConfig } from "./portable-config.ts";

const module = (outFeatures: number, inFeatures: number): LoraModule => ({
  A: new Float32Array(inFeatures),
  B: new Float32Array(outFeatures),
  rank: 1,
  inFeatures,
  outFeatures,
  scale: 1,
});
const adapter: Adapter = {
  modules: new Map([
    ["l.0.q", module(4, 6)],
    ["l.0.v", module(6, 4)],
    ["l.9.q", module(4, 6)],
  ]),
  baseModel: null,
  metadata: new Map(),
};
const base = new Map([
  ["l.0.q", { outFeatures: 4, inFeatures: 6 }],
  ["l.0.v", { outFeatures: 4, inFeatures: 6 }],
  ["l.0.o", { outFeatures: 6, inFeatures: 4 }],
]);

describe("checkAgainstBase", () => {
  it("lists every layer that is missing or has another shape", () => {
    expect(checkAgainstBase(adapter, base)).toEqual([
      {
        module: "l.0.v",
        kind: "shape",
        expected: { outFeatures: 4, inFeatures: 6 },
        found: { outFeatures: 6, inFeatures: 4 },
        message: "l.0.v: expected an update of 4×6 (out×in), found 6×4 (out×in)",
      },
      {
        module: "l.9.q",
        kind: "unknown",
        expected: undefined,
        found: { outFeatures: 4, inFeatures: 6 },
        message: "l.9.q: expected a linear layer of the base, found no such layer (the update is 4×6 (out×in))",
      },
    ]);
  });

  it("lists layers that the config names and the file lacks, by PEFT's rules", () => {
    const fitting = { ...adapter, modules: new Map([...adapter.modules].slice(0, 1)) };
    const missing = (config: Record<string, unknown>): string[] =>
      checkAgainstBase({ ...fitting, config: { peft_type: "LORA", ...config } }, base).map(
        ({ module, kind }) => `${kind} ${module}`,
      );
    expect(missing({ target_modules: ["q", "o"] })).toEqual(["missing l.0.o"]);
    expect(missing({ target_modules: "l\\.0\\.[qv]" })).toEqual(["missing l.0.v"]);
    expect(missing({ target_modules: ["q", "v"], exclude_modules: ["v"] })).toEqual([]);
    expect(missing({ target_modules: ["o"], layers_to_transform: [3] })).toEqual([]);
    expect(missing({ target_modules: null })).toEqual([]);
    expect(missing({ target_modules: "all-linear" })).toEqual([]);
  });

  it("finds nothing missing in an adapter of ours that leaves some layers of a name out", () => {
    const config = JSON.parse(
      portableConfig({ rank: 1, baseModel: null, taskType: null, paths: ["l.0.q", "l.0.v", "l.1.v"] }),
    ) as Record<string, unknown>;
    const shape = { outFeatures: 4, inFeatures: 6 };
    const modules = new Map(["l.0.q", "l.0.v", "l.1.v"].map((path) => [path, module(4, 6)]));
    const shapes = new Map(["l.0.q", "l.0.v", "l.1.q", "l.1.v"].map((path) => [path, shape]));
    expect(checkAgainstBase({ ...adapter, modules, config }, shapes)).toEqual([]);
  });

  it("lists nothing where all fit, adapted or not", () => {
    const fitting = { ...adapter, modules: new Map([...adapter.modules].slice(0, 1)) };
    expect(checkAgainstBase(fitting, base)).toEqual([]);
    expect(() => assertFitsBase(fitting, base)).not.toThrow();
  });

  it("as an assertion, reports all with the adapter's folder", () => {
    expect(() => assertFitsBase(adapter, base, "runs/a")).toThrow(
      expect.objectContaining({
        code: "E_BASE",
        file: "runs/a",
        message: expect.stringMatching(/^runs\/a: \n {2}l\.0\.v: .*\n {2}l\.9\.q: /) as string,
      }),
    );
  });
});
