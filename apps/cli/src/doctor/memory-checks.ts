import { trainingMemory } from "@prefdelta/causal-lm";
import type { Check, ModelConfig, TrainingMemory, TrainingSize, WeightStorage } from "@prefdelta/causal-lm";
import { resolveDpoConfig, dpoConfigSchema } from "@prefdelta/dpo";

import { engineOptionsSchema } from "../engine/engine-options.ts";
import { formatBytes } from "../print/format-bytes.ts";
import type { Machine } from "./machine.ts";

/** What is asked about: one pair of ordinary length, and the LoRA of a training without settings. */
export const assumedSize: TrainingSize = {
  pairs: 1,
  promptTokens: 512,
  completionTokens: 256,
  rank: resolveDpoConfig(dpoConfigSchema.parse({})).lora_r,
};

const storages: readonly WeightStorage[] = engineOptionsSchema.shape.storage.unwrap().options;

const formName = ({ mode, weights }: TrainingMemory): string => (weights === "disk" ? `${mode} from the disk` : mode);

/** How to have steps run in that form. */
function howTo(form: TrainingMemory, { storage, forms }: Sized, { free }: Room): string | undefined {
  if (form.isDefault) return undefined;
  const usual = forms.find(({ isDefault }) => isDefault)!;
  const without = `${formName(usual)}${usual.bytes > free ? ", which does not fit" : ""}`;
  return `--storage ${storage} --memory ${Math.floor(free / 2 ** 20)}MB for ${formName(form)}; without --memory steps run ${without}`;
}

type Room = Pick<Machine, "free" | "memory">;

interface Sized {
  readonly storage: WeightStorage;
  readonly forms: readonly TrainingMemory[];
}

/** The storages with the form of each that fits, fastest first. */
const fitting = (sized: readonly Sized[], bytes: number): WeightStorage[] =>
  sized.filter(({ forms }) => forms.some((form) => form.bytes <= bytes)).map(({ storage }) => storage);

function storageCheck(sized: Sized, room: Room, others: readonly WeightStorage[]): Check {
  const { storage, forms } = sized;
  const { free, memory } = room;
  const name = `memory to train, ${storage}`;
  const listed = forms.map((form) => `${formName(form)} ${formatBytes(form.bytes)}`).join(", ");
  const first = forms.find(({ bytes }) => bytes <= free);
  if (first !== undefined) {
    return { name, state: "ok", what: `${listed}; fits: ${formName(first)}`, advice: howTo(first, sized, room) };
  }
  const later = forms.find(({ bytes }) => bytes <= memory);
  const what = `${listed}; fits now: none`;
  if (later !== undefined) {
    const advice = `${formName(later)} fits when other programs leave ${formatBytes(later.bytes)}`;
    return { name, state: "warning", what, advice };
  }
  if (others.length === 0) return { name, state: "problem", what, advice: "take a smaller model, or a larger machine" };
  return { name, state: "warning", what, advice: `choose ${others.map((one) => `--storage ${one}`).join(" or ")}` };
}

/** What a training would take, by storage and by the way its steps run, beside what this machine has. Estimates: nothing is loaded. */
export function memoryChecks(config: ModelConfig, room: Room): Check[] {
  const { pairs, promptTokens, completionTokens, rank } = assumedSize;
  const sized = storages.map((storage) => ({ storage, forms: trainingMemory(config, storage, assumedSize) }));
  const others = fitting(sized, room.memory);
  const what = `estimated for the process on onnx, provider cpu: batches of ${pairs} pair of ${promptTokens} prompt and twice ${completionTokens} completion tokens, a LoRA of rank ${rank} on all maps; ${formatBytes(room.free)} is free of ${formatBytes(room.memory)}`;
  return [{ name: "memory to train", state: "ok", what }, ...sized.map((one) => storageCheck(one, room, others))];
}
