import { join } from "node:path";
import type { CausalLm } from "@prefdelta/causal-lm";
import { type DpoConfigInput, parseDpoConfig } from "../config.ts";
import { type LogRow, readTrainerLog } from "../log/trainer-log.ts";
import { trainDpo, type TrainOptions, type TrainResult } from "../train.ts";
import { tinyPairs } from "./tiny-model.ts";
import { tinyScope } from "./tiny-scope.ts";

const settings: DpoConfigInput = {
  lora_r: 2,
  learning_rate: 0.02,
  per_device_train_batch_size: 2,
  gradient_accumulation_steps: 2,
  max_steps: 6,
  lr_scheduler_type: "cosine",
  warmup_ratio: 0.1,
  save_steps: 2,
};

export interface TinyRuns {
  /** Of all trainings of a test file. */
  readonly model: () => CausalLm;
  /** Where a training writes. */
  readonly folderOf: (name: string) => string;
  readonly train: (name: string, options?: Partial<TrainOptions>, changes?: DpoConfigInput) => Promise<TrainResult>;
  readonly logOf: (name: string) => Promise<LogRow[]>;
}

/** Trainings of the tiny model on eight pairs, by name, in a folder that each test has anew. */
export function tinyRuns(): TinyRuns {
  const tiny = tinyScope("train");
  const folderOf = (name: string): string => join(tiny.folder, name);
  return {
    model: () => tiny.lm,
    folderOf,
    train: (name, options = {}, changes = {}) =>
      trainDpo({
        lm: tiny.lm,
        pairs: tinyPairs(8),
        config: parseDpoConfig({ ...settings, ...changes }),
        outDir: folderOf(name),
        ...options,
      }),
    logOf: (name) => readTrainerLog(join(folderOf(name), "trainer_log.jsonl")),
  };
}
