import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createRandom } from "@prefdelta/random";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { loadCausalLm } from "./load-causal-lm.ts";
import { forward } from "./generation/forward.ts";
import { generate } from "./generation/generate.ts";
import { initLora } from "./lora.ts";
import { createRuntime } from "./runtime/create-runtime.ts";
import type { PromptRow } from "./training/layout.ts";
import { createLossStep } from "./training/loss-step.ts";
import { score } from "./training/score.ts";

// Made by tooling/peers/architectures_golden.py with transformers.
interface Observed {
  readonly ids: number[];
  readonly lastLogits: number[];
  readonly logProbs: number[];
  readonly greedy: number[];
}

const runtime = await createRuntime("onnx");
const names = ["tiny-qwen2", "tiny-llama3", "tiny-smollm2"];
const folders = names.map((name) => [name, fileURLToPath(new URL(`./__fixtures__/${name}`, import.meta.url))] as const);

// A real checkpoint, where there is one: tooling/peers/smollm2.py.
const real = process.env["PREFDELTA_SMOLLM2"];
it.skipIf(real)("SmolLM2-135M: skipped, PREFDELTA_SMOLLM2 names no folder", ({ skip }) => skip());

describe.each([...folders, ...(real ? [["SmolLM2-135M", real] as const] : [])])(
  "%s, against transformers",
  async (name, folder) => {
    const { base } = JSON.parse(await readFile(`${folder}/golden.json`, "utf8")) as { base: Observed[] };
    const lm = await loadCausalLm(folder, { runtime });

    it("gives the same logits", async () => {
      for (const { ids, lastLogits } of base) {
        const input = { rows: 1, tokens: ids.length, ids: Int32Array.from(ids), lengths: Int32Array.of(ids.length) };
        expect((await forward(lm, input, {})).logits).toBeAllClose(lastLogits, { rtol: 0, atol: 1e-4 });
      }
    });

    it("gives the same log-probs, the prompt laid once", async () => {
      for (const { ids, logProbs } of base.filter(({ ids }) => ids.length > 1)) {
        const rows = logProbs.map((_, i) => ({
          prompt: ids.slice(0, i + 1),
          completions: [{ ids: [ids[i + 1]!], mask: [1] }],
        }));
        expect((await score(lm, rows)).logProbs).toBeAllClose(logProbs, { rtol: 0, atol: 1e-4 });
      }
    });

    it("continues greedily with the same tokens, all prompts in one batch", async () => {
      const answers = await generate(
        lm,
        base.map(({ ids }) => ids),
        { maxNewTokens: 24 },
      );
      expect(answers.map(({ ids }) => ids)).toEqual(base.map(({ greedy }) => greedy));
    });

    it("trains alike in one graph and layer by layer", async () => {
      const ids = base.at(-1)!.ids;
      const completion = (from: number) => ({ ids: ids.slice(from, from + 6), mask: Array<number>(6).fill(1) });
      const rows: PromptRow[] = [{ prompt: ids.slice(0, 9), completions: [completion(9), completion(20)] }];
      const lora = initLora(lm.config, { rank: 2, random: createRandom(name) });
      for (const { B } of lora.modules.values()) B.forEach((_, i) => (B[i] = 0.05 * Math.sin(i + 1)));
      const loss = {
        key: "difference",
        extras: [],
        compute: ({ sums }: { sums: tf.Tensor1D }) => ({ loss: tf.sum(tf.mul(sums, [-1, 1])) as tf.Scalar }),
      };
      const run = (mode: "whole" | "layerwise") => createLossStep(lm, loss, { mode }).run({ rows, lora, extras: {} });
      const [whole, layerwise] = [await run("whole"), await run("layerwise")];
      expect(layerwise.outputs["loss"]).toBeAllClose(whole.outputs["loss"]!, { rtol: 1e-5 });
      for (const [module, { A, B }] of whole.gradients) {
        const size = Math.hypot(...A, ...B);
        expect(layerwise.gradients.get(module)!.A).toBeAllClose(A, { rtol: 1e-4, atol: 1e-5 * size });
        expect(layerwise.gradients.get(module)!.B).toBeAllClose(B, { rtol: 1e-4, atol: 1e-5 * size });
      }
    });
  },
);
