import type { Dtype } from "@prefdelta/safetensors";
import { describe, expect, it } from "vitest";
import type { AdapterConfig } from "./adapter-config.ts";
import { planModules } from "./plan-modules.ts";

const config = (overrides: Partial<AdapterConfig> = {}): AdapterConfig => ({
  peft_type: "LORA",
  r: 2,
  lora_alpha: 6,
  rank_pattern: {},
  alpha_pattern: {},
  ...overrides,
});

type Entry = [string, { dtype: Dtype; shape: number[] }];
const tensor = (key: string, shape: number[], dtype: Dtype = "F32"): Entry => [
  `base_model.model.${key}.weight`,
  { dtype, shape },
];
const pair = (path: string, [out, rank, into]: [number, number, number]): Entry[] => [
  tensor(`${path}.lora_B`, [out, rank]),
  tensor(`${path}.lora_A`, [rank, into]),
];

describe("modules", () => {
  it("come in path order, with sizes from the tensors", () => {
    const { modules, problems } = planModules([...pair("b.v", [4, 2, 3]), ...pair("a.q", [5, 2, 6])], config());
    expect(problems).toEqual([]);
    expect([...modules]).toEqual([
      ["a.q", { rank: 2, inFeatures: 6, outFeatures: 5, scale: 3 }],
      ["b.v", { rank: 2, inFeatures: 3, outFeatures: 4, scale: 3 }],
    ]);
  });

  it("take rank and alpha from the patterns, alpha/r with the module's own", () => {
    const { modules, problems } = planModules(
      [...pair("a.q", [4, 2, 3]), ...pair("a.v", [4, 3, 3]), ...pair("b.v", [4, 1, 3])],
      config({ rank_pattern: { "a.v": 3, v: 1 }, alpha_pattern: { v: 12 } }),
    );
    expect(problems).toEqual([]);
    expect([...modules].map(([path, { rank, scale }]) => [path, rank, scale])).toEqual([
      ["a.q", 2, 3],
      ["a.v", 3, 4],
      ["b.v", 1, 12],
    ]);
  });

  it("divide by √r with rslora", () => {
    const { modules } = planModules(pair("q", [4, 4, 3]), config({ r: 4, use_rslora: true }));
    expect(modules.get("q")?.scale).toBe(3);
  });
});

describe("problems", () => {
  it("are listed all at once", () => {
    const { problems } = planModules(
      [
        ...pair("good.q", [4, 2, 3]),
        tensor("lonely.lora_A", [2, 3]),
        tensor("lonelier.lora_B", [3, 2]),
        tensor("clash.lora_A", [2, 3]),
        tensor("clash.lora_B", [4, 3]),
        ...pair("other.rank", [4, 5, 3]),
        tensor("conv.lora_A", [2, 3, 1, 1]),
        tensor("conv.lora_B", [4, 2]),
        tensor("empty.lora_A", [0]),
        tensor("empty.lora_B", [4, 0]),
        tensor("whole.lora_A", [2, 3], "I8"),
        tensor("whole.lora_B", [4, 2]),
        tensor("lm_head", [10, 3]),
      ],
      config(),
    );
    expect(problems).toEqual([
      "base_model.model.conv.lora_A.weight: expected a matrix, found shape [2,3,1,1]",
      "base_model.model.empty.lora_A.weight: expected a matrix, found shape [0]",
      "base_model.model.empty.lora_B.weight: expected a matrix, found shape [4,0]",
      "base_model.model.whole.lora_A.weight: expected F32, F16 or BF16, found I8",
      expect.stringMatching(/^base_model\.model\.lm_head\.weight: expected .* found a whole base parameter/),
      "base_model.model.lonelier.lora_A.weight: expected beside base_model.model.lonelier.lora_B.weight, found none",
      "base_model.model.lonely.lora_B.weight: expected beside base_model.model.lonely.lora_A.weight, found none",
      "clash: expected lora_A r×in and lora_B out×r of one r, found lora_A 2×3 and lora_B 4×3",
      "other.rank: expected rank 2 (r of the config), found lora_A 5×3 and lora_B 4×5",
    ]);
  });

  it("name the pattern that set another rank", () => {
    const { problems } = planModules(pair("a.q", [4, 2, 3]), config({ rank_pattern: { q: 8 } }));
    expect(problems).toEqual([
      'a.q: expected rank 8 (rank_pattern "q" of the config), found lora_A 2×3 and lora_B 4×2',
    ]);
  });

  it("include layers that PEFT would not load, where the config lists its targets", () => {
    const entries = [...pair("a.q_proj", [4, 2, 3]), ...pair("a.xq_proj", [4, 2, 3])];
    const { problems } = planModules(entries, config({ target_modules: ["q_proj"] }));
    expect(problems).toEqual([
      "a.xq_proj: expected a layer that target_modules names and nothing excludes (PEFT would leave it out), found another",
    ]);
    expect(planModules(entries, config({ target_modules: "all-linear" })).problems).toEqual([]);
    expect(planModules(entries, config({ target_modules: ["a.q_proj", "a.xq_proj"] })).problems).toEqual([]);
  });

  it("include an adapter without modules", () => {
    expect(planModules([], config()).problems).toEqual(["expected at least one pair of LoRA factors, found none"]);
  });
});
