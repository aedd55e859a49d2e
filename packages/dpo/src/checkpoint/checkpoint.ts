import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromFloat32, SafetensorsError, type TensorView, toFloat32 } from "@prefdelta/safetensors";
import { openSafetensors, writeSafetensors } from "@prefdelta/safetensors/node";
import { z } from "zod";
import { DpoError } from "../errors.ts";
import type { AdamWState } from "../optimizer/adamw.ts";
import type { Parameters } from "../optimizer/parameters.ts";
import { writeDurably } from "../write-durably.ts";
import { checkIdentity, type RunIdentity, runIdentitySchema } from "./run-identity.ts";

const TENSORS = "training.safetensors";
const STATE = "state.json";
const folderName = /^checkpoint-(\d+)$/;
const leftover = /^\.checkpoint-\d+\.tmp$/;

const stateSchema = z.strictObject({
  /** Updates made. */
  step: z.int().nonnegative(),
  /** Length of trainer_log.jsonl after that step. */
  logBytes: z.int().nonnegative(),
  /** Tokens seen so far, as TRL's num_tokens counts them. */
  tokens: z.int().nonnegative(),
  /** Where evaluations stand, after the first one. */
  best: z.strictObject({ step: z.int().positive(), value: z.number(), stale: z.int().nonnegative() }).optional(),
  run: runIdentitySchema,
});

export type Progress = Omit<z.infer<typeof stateSchema>, "run">;

/** The arrays that change as training goes on. */
export interface TrainingArrays {
  readonly parameters: Parameters;
  readonly optimizer: AdamWState;
  /** The parameters of the best evaluation, where they are wanted at the end. */
  readonly best?: Parameters | undefined;
}

/** Every array by its name in the file. */
function* arraysOf({ parameters, optimizer, best }: TrainingArrays): Generator<readonly [string, Float32Array]> {
  for (const [prefix, arrays] of Object.entries({
    parameter: parameters,
    first: optimizer.first,
    second: optimizer.second,
    ...(best ? { best } : {}),
  })) {
    for (const [name, array] of arrays) yield [`${prefix}.${name}`, array];
  }
}

async function checkpointSteps(outDir: string): Promise<number[]> {
  const steps = (await readdir(outDir)).flatMap((name) => folderName.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => a - b);
}

/**
 * Writes `checkpoint-STEP`: factors and moments as F32 safetensors, and state.json. The folder is written under a temporary name and renamed,
 * then older ones are removed, so there is at every moment a whole one.
 */
export async function saveCheckpoint(
  outDir: string,
  arrays: TrainingArrays,
  { progress, run }: { readonly progress: Progress; readonly run: RunIdentity },
): Promise<void> {
  const temporary = join(outDir, `.checkpoint-${progress.step}.tmp`);
  const older = await checkpointSteps(outDir);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  const tensors = [...arraysOf(arrays)].map(([name, array]): [string, TensorView] => [
    name,
    fromFloat32(array, { dtype: "F32", shape: [array.length] }),
  ]);
  await writeSafetensors(join(temporary, TENSORS), tensors);
  await writeDurably(join(temporary, STATE), `${JSON.stringify({ ...progress, run }, undefined, 2)}\n`);
  await rename(temporary, join(outDir, `checkpoint-${progress.step}`));
  for (const step of older) await rm(join(outDir, `checkpoint-${step}`), { recursive: true });
}

async function readState(path: string): Promise<z.infer<typeof stateSchema>> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const found = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new DpoError("E_CHECKPOINT", `${path}: expected the state of a checkpoint, got ${found}`, { cause });
  }
}

async function readArrays(path: string, arrays: TrainingArrays): Promise<void> {
  const file = await openSafetensors(path).catch((cause: unknown) => {
    if (!(cause instanceof SafetensorsError)) throw cause;
    throw new DpoError("E_CHECKPOINT", cause.message, { cause });
  });
  try {
    const problems = [...arraysOf(arrays)].flatMap(([name, { length }]) => {
      const entry = file.entries.get(name);
      if (entry?.dtype === "F32" && entry.shape.join() === String(length)) return [];
      return [
        `${name} — expected F32 [${length}], got ${entry ? `${entry.dtype} [${entry.shape.join()}]` : "nothing"}`,
      ];
    });
    if (problems.length > 0) throw new DpoError("E_CHECKPOINT", `${path}: not this adapter's\n${problems.join("\n")}`);
    for (const [name, array] of arraysOf(arrays)) array.set(toFloat32(await file.read(name)));
  } finally {
    await file.close();
  }
}

/**
 * Reads the newest checkpoint into `arrays`; nothing where there is none. What a killed run left under temporary names is removed.
 *
 * @throws {DpoError} E_CHECKPOINT, E_CHECKPOINT_MISMATCH
 */
export async function loadCheckpoint(
  outDir: string,
  arrays: TrainingArrays,
  run: RunIdentity,
): Promise<Progress | undefined> {
  for (const name of await readdir(outDir)) {
    if (leftover.test(name)) await rm(join(outDir, name), { recursive: true });
  }
  const step = (await checkpointSteps(outDir)).at(-1);
  if (step === undefined) return undefined;
  const folder = join(outDir, `checkpoint-${step}`);
  const { run: found, ...progress } = await readState(join(folder, STATE));
  checkIdentity(found, run, join(folder, STATE));
  await readArrays(join(folder, TENSORS), arrays);
  arrays.optimizer.step = progress.step;
  return progress;
}
