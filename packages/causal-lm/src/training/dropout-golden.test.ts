import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadAdapter } from "@prefdelta/lora/node";
import { toFloat32 } from "@prefdelta/safetensors";
import { openSafetensors } from "@prefdelta/safetensors/node";
import { float32 } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { forward, padRight } from "../generation/forward.ts";
import { loadCausalLm } from "../load-causal-lm.ts";
import { adaptableModules, loraFromAdapter, type LoraWeights } from "../lora.ts";
import { withRowNorms } from "../row-norms.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { LoraDropout } from "./dropout.ts";
import { extraName, STATISTICS } from "./head-loss.ts";
import { layOut } from "./layout.ts";
import { runLayerwise } from "./layerwise-step.ts";
import type { Loss } from "./loss.ts";
import { readStatistics } from "./sequence-statistics.ts";
import { runWhole } from "./whole-step.ts";

// What PEFT computes in training where its dropout is replaced by given masks: tooling/peers/adapters_golden.py.
const folder = fileURLToPath(new URL("../__fixtures__/tiny-qwen3", import.meta.url));

interface Dropped {
  readonly prompt: readonly number[];
  readonly completions: readonly { ids: number[]; logProb: number; lastLogits: number[] }[];
}
interface Golden extends Readonly<Record<"lora" | "dora", Dropped>> {
  readonly probability: number;
  readonly shares: readonly number[];
}
const golden = JSON.parse(await readFile(`${folder}/dropout/golden.json`, "utf8")) as Golden;

const lm = await loadCausalLm(folder, { runtime: await createRuntime("onnx") });
afterAll(() => lm.dispose());
const places = new Map([...adaptableModules(lm.config).keys()].map((module, place) => [module, place]));

/** The generator's masks, for tokens whose places in their sequences are these. */
const givenMasks = (positions: readonly number[]): LoraDropout => ({
  probability: golden.probability,
  tokens: positions.length,
  seen(module, inFeatures) {
    const isSeen = (t: number, i: number): boolean => (3 * t + 5 * i + 7 * places.get(module)! + t * i) % 4 !== 0;
    const data = positions.flatMap((t) => Array.from({ length: inFeatures }, (_, i) => Number(isSeen(t, i))));
    return { dtype: "bool", shape: [positions.length, inFeatures], data: Uint8Array.from(data) };
  },
});

const loss: Loss = {
  key: "shares",
  extras: ["share"],
  compute: ({ sums, extras }) => ({ loss: tf.sum(tf.mul(sums, extras["share"]!)) as tf.Scalar }),
};

async function adapterOf(kind: "lora" | "dora"): Promise<{ lora: LoraWeights; scale: number }> {
  const adapter = await loadAdapter(`${folder}/${kind === "lora" ? "adapter" : "dora"}`, { dora: kind === "dora" });
  const { scale } = [...adapter.modules.values()][0]!;
  return { lora: await withRowNorms(lm, loraFromAdapter(lm.config, adapter)), scale };
}

describe.each(["lora", "dora"] as const)("dropout of a %s, against PEFT with the same masks", (kind) => {
  const { prompt, completions } = golden[kind];

  it("gives the same logits", async () => {
    const { lora } = await adapterOf(kind);
    for (const { ids, lastLogits } of completions) {
      const input = padRight([[...prompt, ...ids]]);
      const positions = Array.from({ length: input.tokens }, (_, t) => t);
      const { logits } = await forward(lm, input, { lora: { ...lora, dropout: givenMasks(positions) } });
      expect(logits).toBeAllClose(lastLogits, { rtol: 0, atol: 1e-4 });
    }
  });

  it.each([
    ["whole", (...[lm, loss, input]) => runWhole(lm, { loss, held: "all" }, input)],
    ["layer by layer", runLayerwise],
  ] satisfies [string, typeof runLayerwise][])("gives the same log-probs and gradients, %s", async (_, run) => {
    const { lora, scale } = await adapterOf(kind);
    const layout = layOut(lm.config, [
      { prompt, completions: completions.map(({ ids }) => ({ ids, mask: ids.map(() => 1) })) },
    ]);
    const { prompts, continuations } = layout;
    const slots = (count: number, from: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    const continued = completions.flatMap(() => slots(continuations.tokens, prompt.length - 1));
    const dropout = givenMasks([...slots(prompts.tokens, 0), ...continued]);
    const extras = { [extraName("share")]: float32([2], Float32Array.from(golden.shares)) };
    const { outputs, gradients } = await run(lm, loss, { layout, lora: { ...lora, dropout }, extras });
    const { logProbs } = readStatistics(outputs[STATISTICS]!.data as Float32Array, layout.counts);
    expect(logProbs).toBeAllClose(
      completions.map(({ logProb }) => logProb),
      { rtol: 0, atol: 1e-4 },
    );

    const expected = await openSafetensors(`${folder}/dropout/gradients-${kind}.safetensors`);
    let compared = 0;
    for (const [module, { A, B, magnitude }] of gradients) {
      // The adapter's scale was folded into B.
      const found = { lora_A: A, lora_B: B.map((b) => b * scale), lora_magnitude_vector: magnitude };
      for (const [name, values] of Object.entries(found)) {
        if (!values) continue;
        const tensor = toFloat32(await expected.read(`${module}.${name}`));
        const atol = 1e-5 * Math.max(...tensor.map(Math.abs));
        expect(values, `${module}.${name}`).toBeAllClose(tensor, { rtol: 1e-5, atol });
        compared++;
      }
    }
    expect(compared).toBe(expected.entries.size);
    await expected.close();
  });
});
