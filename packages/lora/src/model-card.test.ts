import { describe, expect, it } from "vitest";
import type { Adapter } from "./adapter.ts";
import { modelCard } from "./model-card.ts";

const module = { A: new Float32Array(2), B: new Float32Array(2), rank: 1, inFeatures: 2, outFeatures: 2, scale: 1 };
const adapter = (baseModel: string | null, metadata: Record<string, string> = {}): Adapter => ({
  modules: new Map([
    ["l.0.v_proj", module],
    ["l.0.q_proj", module],
  ]),
  baseModel,
  metadata: new Map(Object.entries(metadata)),
});
const front = (card: string): string => card.split("---\n")[1]!;

describe("modelCard", () => {
  it("says what the adapter is and where it comes from", () => {
    const card = modelCard(adapter("Qwen/Qwen3-8B", { seed: "7", method: "gam", format: "pt" }), {
      rank: "16 (lora_alpha 16, scale 1)",
      dtype: "BF16",
      card: { title: "Two deltas, merged", text: "Made by hand.\n", tags: ["preference"] },
    });
    expect(card).toBe(`---
base_model: Qwen/Qwen3-8B
library_name: peft
tags:
- base_model:adapter:Qwen/Qwen3-8B
- lora
- preference
---

# Two deltas, merged

Made by hand.

| LoRA |  |
| --- | --- |
| base model | Qwen/Qwen3-8B |
| rank | 16 (lora_alpha 16, scale 1) |
| layers | 2: q_proj, v_proj |
| dtype | BF16 |

## Provenance

|  |  |
| --- | --- |
| method | gam |
| seed | 7 |
`);
  });

  it("leaves out what it does not know", () => {
    const card = modelCard(adapter(null), { rank: "1", dtype: "F32" });
    expect(front(card)).toBe("library_name: peft\ntags:\n- lora\n");
    expect(card).toContain("| base model | not recorded |");
    expect(card).not.toContain("Provenance");
  });

  it("quotes what YAML would read otherwise", () => {
    for (const name of ["C:\\models\\base", "../a b", "yes", "12", "a: b", "x #y"]) {
      expect(front(modelCard(adapter(name), { rank: "1", dtype: "F32" }))).toContain(
        `base_model: ${JSON.stringify(name)}\n`,
      );
    }
  });

  it("keeps tables whole whatever the provenance holds", () => {
    const card = modelCard(adapter(null, { recipe: "a | b\nc\\d" }), { rank: "1", dtype: "F32" });
    expect(card).toContain("\n| recipe | a \\| b c\\\\d |\n");
  });
});
