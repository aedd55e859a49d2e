import type { Storage } from "@prefdelta/tfjs-onnx";
import { CausalLmError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { embeddingBytes, layerBytes, weightBytes } from "../storage.ts";
import { layerwiseBytes, type StepForm } from "./step-memory.ts";

/**
 * What a process takes before a model is there, and beside it: Node, its heap while graphs are recorded, ONNX Runtime, a tokenizer. Measured:
 * 308 MiB at most of a training of a model of 44,000 weights.
 */
export const PROCESS_BYTES = 320e6;

interface Memory {
  readonly config: ModelConfig;
  readonly storage: Storage;
  /** Of the process. */
  readonly memoryBytes?: number | undefined;
  /** Weights that are read when they are needed. */
  readonly disk?: object | undefined;
}

const residentBytes = ({ config, storage, disk }: Memory): number =>
  disk ? embeddingBytes(config, storage) : weightBytes(config, storage);

/** What a process and a model's weights leave of the memory for steps, those of all compiled ones together; 4 GiB where nothing was said. */
export const activationBudget = (memory: Memory): number =>
  memory.memoryBytes === undefined ? 4 * 2 ** 30 : memory.memoryBytes - PROCESS_BYTES - residentBytes(memory);

/** A batch of one row of so many tokens. */
const batchOf = (tokens: number): Parameters<typeof layerwiseBytes>[1] => {
  const half = Math.ceil(tokens / 2);
  const [prompts, continuations] = [half, half].map((tokens) => ({ rows: 1, tokens })) as [Row, Row];
  return { layout: { tokens: 2 * half, prompts, continuations, positions: half }, differentiates: true };
};
interface Row {
  readonly rows: number;
  readonly tokens: number;
}

/** Tokens of a batch that weights in memory should leave room for, or they stay on the disk; of one that has to fit at all. */
const [ORDINARY, LEAST] = [1024, 64];

/** Whether weights are better read when they are needed: those in memory would leave no room for an ordinary step over one layer. */
export const belongOnDisk = (form: StepForm & Pick<Memory, "memoryBytes">): boolean =>
  activationBudget({ ...form, disk: undefined }) < layerwiseBytes(form, batchOf(ORDINARY));

/** What a process takes whose steps take so much: its own, the model's weights, and of a model on the disk what its head takes as it is read beyond what a layer does. */
export function processBytes(form: StepForm, stepBytes: number): number {
  const { config, storage, disk } = form;
  const head = disk && !config.tiedHead ? embeddingBytes(config, storage) - 4 * layerBytes(config, storage) : 0;
  return PROCESS_BYTES + residentBytes(form) + stepBytes + Math.max(0, head);
}

/**
 * @throws {CausalLmError} E_MEMORY where the memory would not hold what there must be at once whatever is computed, naming how much that is: the
 * process; the embedding table, and two layers or the head as they are read, of a model on the disk, else all weights; a step of 64 tokens
 */
export function assertEnough(form: StepForm & Pick<Memory, "memoryBytes">, where: string): void {
  const { storage, memoryBytes = Infinity, disk } = form;
  const least = processBytes(form, layerwiseBytes(form, batchOf(LEAST)));
  if (memoryBytes >= least) return;
  const message = `${where}: memory — expected at least ${megabytes(least)} for this model in ${storage}${disk ? ", read from the disk" : ""}, got ${megabytes(memoryBytes)}`;
  throw new CausalLmError("E_MEMORY", message);
}

/** As people write it, rounded up: 2²⁰ bytes each. */
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)}MB`;
