import type { HostTensor, InputSpec, IntegerForm, TracedFunction } from "@prefdelta/tfjs-onnx";

export type RuntimeName = "onnx" | "tensorflow" | "wasm" | "cpu";

export interface StepInput extends InputSpec {
  /** The same tensor object comes again and again (a weight): runtimes with memory of their own keep it there. */
  readonly constant?: boolean;
}

export type StepInputs = Readonly<Record<string, StepInput>>;

/** A function of tensors, made ready to run on ordinary arrays. */
export interface Step {
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

/** One way to run tfjs functions. */
export interface Runtime {
  readonly name: RuntimeName;
  /** What was chosen, on one line, for people. */
  readonly description: string;
  /** As what weights are fed that are multiplied as 8-bit integers; null where there are no such products. */
  readonly integerProducts: IntegerForm | null;
  /** Whether a compiled step keeps the memory that it once needed. */
  readonly keepsMemory: boolean;
  /** Whether a step is arranged to hold little at once: weights are widened one after another, and what is cheap is computed again where that was asked for. */
  readonly holdsLittle: boolean;
  compile(fn: TracedFunction, inputs: StepInputs): Promise<Step>;
}
