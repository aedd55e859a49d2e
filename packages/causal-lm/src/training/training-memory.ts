import type { Storage } from "@prefdelta/tfjs-onnx";
import { adaptableModules } from "../lora.ts";
import type { ModelConfig } from "../model/config.ts";
import { layoutSize } from "./layout.ts";
import type { StepMode } from "./loss-step.ts";
import { activationBudget, processBytes } from "./memory-budget.ts";
import { layerwiseBytes, type LoraSize, type StepForm, trainedBytes, wholeStepBytes } from "./step-memory.ts";

/** A batch, and the LoRA that it trains: of all maps, without dropout. */
export interface TrainingSize {
  /** Pairs a batch. */
  readonly pairs: number;
  readonly promptTokens: number;
  /** Of each of a pair's answers. */
  readonly completionTokens: number;
  readonly rank: number;
}

/** What a training would take, by the way its steps run. */
export interface TrainingMemory {
  readonly mode: Exclude<StepMode, "auto">;
  /** Where the weights are between steps. */
  readonly weights: "memory" | "disk";
  /** Of the process. */
  readonly bytes: number;
  /** Whether steps run so where a training is told nothing of memory. */
  readonly isDefault: boolean;
}

const tokensOf = (length: number): number[] => Array<number>(length).fill(1);

function loraOf(config: ModelConfig, rank: number): LoraSize {
  const sizes = [...adaptableModules(config)].map(
    ([path, [out, input]]) => [path, { A: { length: rank * input }, B: { length: out * rank } }] as const,
  );
  return { rank, modules: new Map(sizes) };
}

/**
 * What a process takes that trains a model on the CPU with so large a batch, by the estimates that choose a step's form where a training is given its memory
 * (memory-budget.ts, step-memory.ts): fastest form first, the last with its layers on the disk.
 */
export function trainingMemory(config: ModelConfig, storage: Storage, size: TrainingSize): TrainingMemory[] {
  const { pairs, promptTokens, completionTokens, rank } = size;
  const ids = tokensOf(completionTokens);
  const row = { prompt: tokensOf(promptTokens), completions: [1, 2].map(() => ({ ids, mask: ids })) };
  const layout = layoutSize(Array.from({ length: pairs }, () => row));
  const lora = loraOf(config, rank);
  const form: StepForm = { config, storage, runtime: { keepsMemory: false, holdsLittle: true } };
  const onDisk: StepForm = { ...form, disk: {} };
  const trained = trainedBytes(lora);
  const whole = (held: "all" | "dear"): number => wholeStepBytes(form, layout, { lora, held }).needs + trained;
  const layerwise = (form: StepForm): number => layerwiseBytes(form, { layout, lora, differentiates: true }) + trained;
  const steps = [
    { mode: "whole", weights: "memory", form, needs: whole("all") },
    { mode: "recompute", weights: "memory", form, needs: whole("dear") },
    { mode: "layerwise", weights: "memory", form, needs: layerwise(form) },
    { mode: "layerwise", weights: "disk", form: onDisk, needs: layerwise(onDisk) },
  ] as const;
  const budget = activationBudget({ config, storage });
  // What layer by layer takes is not asked about: it runs whatever it takes.
  const chosen = steps.find(({ mode, needs }) => mode === "layerwise" || needs <= budget)!;
  return steps.map((step) => ({
    mode: step.mode,
    weights: step.weights,
    bytes: processBytes(step.form, step.needs),
    isDefault: step === chosen,
  }));
}
