import { float32 } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { drawDropout, type Dropout } from "./dropout.ts";
import { withRowNorms } from "../row-norms.ts";
import { extraName, lossOutputs, STATISTICS } from "./head-loss.ts";
import { type Layout, layOut, type PromptRow } from "./layout.ts";
import { runLayerwise } from "./layerwise-step.ts";
import type { Loss } from "./loss.ts";
import { readStatistics, type TokenStatistics } from "./sequence-statistics.ts";
import { activationBudget } from "./memory-budget.ts";
import { type Held, layerwiseBytes, trainedBytes, wholeStepBytes } from "./step-memory.ts";
import { runWhole, type StepResult } from "./whole-step.ts";

/** How a step runs: in one graph; in one that holds what is dear to compute alone; layer by layer. All give the same numbers, the first two the same bits. */
export type StepMode = "whole" | "recompute" | "layerwise" | "auto";

export interface LossStepInput {
  readonly rows: readonly PromptRow[];
  readonly lora: LoraWeights;
  /** None if absent. */
  readonly dropout?: Dropout | undefined;
  /** One number a sequence for each of the loss' extras. */
  readonly extras: Readonly<Record<string, ArrayLike<number>>>;
}

export interface LossStepResult {
  /** What the loss computed, by its names; `loss` is among them. */
  readonly outputs: Readonly<Record<string, Float32Array>>;
  readonly tokens: TokenStatistics;
  /** ∂loss/∂A [r, in], ∂loss/∂B [out, r] and, of DoRA, ∂loss/∂magnitude [out] by module path. */
  readonly gradients: StepResult["gradients"];
}

/** Differentiates a loss of per-sequence log-probs with respect to a LoRA. */
export interface LossStep {
  /** @throws {CausalLmError} E_TOKENS; E_ON_DISK for a whole step of a model whose layers are on the disk */
  run(input: LossStepInput): Promise<LossStepResult>;
}

interface LossStepOptions {
  /**
   * auto: the first of these forms that fits `memoryBytes` (if absent, what the weights leave of the model's `memoryBytes`, or 4 GiB), layer by layer where the weights are on
   * the disk. Only the onnx runtime's CPU provider gains by `recompute`: others compute as they do for `whole`.
   */
  readonly mode?: StepMode;
  readonly memoryBytes?: number;
  /** Told how many bytes a step layer by layer needs where that is more than `memoryBytes`; it runs all the same. */
  readonly onShortage?: ((needed: number, left: number) => void) | undefined;
}

export function createLossStep(lm: CausalLm, loss: Loss, options: LossStepOptions = {}): LossStep {
  const { mode = "auto", memoryBytes = activationBudget(lm), onShortage } = options;
  const choose = (layout: Layout, lora: LoraWeights): Exclude<StepMode, "auto"> => {
    if (mode !== "auto") return mode;
    if (lm.disk) return "layerwise";
    const fits = (held: Held): boolean =>
      wholeStepBytes(lm, layout, { lora, held }).needs + trainedBytes(lora) <= memoryBytes;
    if (fits("all")) return "whole";
    return lm.runtime.holdsLittle && fits("dear") ? "recompute" : "layerwise";
  };
  return {
    async run({ rows, lora: given, dropout, extras }) {
      const layout = layOut(lm.config, rows);
      const normed = await withRowNorms(lm, given);
      const lora = dropout ? { ...normed, dropout: drawDropout(dropout, rows, layout) } : normed;
      const fed = Object.fromEntries(
        loss.extras.map((name) => [extraName(name), float32([layout.sequences], Float32Array.from(extras[name]!))]),
      );
      const form = choose(layout, lora);
      if (form === "layerwise") {
        const needed = layerwiseBytes(lm, { layout, lora, differentiates: true }) + trainedBytes(lora);
        if (needed > memoryBytes) onShortage?.(needed, memoryBytes);
      }
      const input = { layout, lora, extras: fed };
      const { outputs, gradients } = await (form === "layerwise"
        ? runLayerwise(lm, loss, input)
        : runWhole(lm, { loss, held: form === "whole" ? "all" : "dear" }, input));
      const own = Object.entries(lossOutputs(outputs)).map(([name, { data }]) => [name, data as Float32Array] as const);
      return {
        outputs: Object.fromEntries(own),
        tokens: readStatistics(outputs[STATISTICS]!.data as Float32Array, layout.counts),
        gradients,
      };
    },
  };
}
