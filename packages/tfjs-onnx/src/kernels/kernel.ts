import type { Recorder } from "../trace/recorder.ts";
import type { TracedSymbol } from "../trace/symbol.ts";

/** One call of a tfjs kernel while tracing. */
export interface KernelCall {
  readonly recorder: Recorder;
  /** Inputs by tfjs' names. */
  readonly inputs: Readonly<Record<string, TracedSymbol>>;
  /** The same inputs in order, for kernels that take a list. */
  readonly list: readonly TracedSymbol[];
  // Attributes are as untyped as in tfjs; each kernel reads its own.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly attributes: Readonly<Record<string, any>>;
}

export type TraceKernel = (call: KernelCall) => TracedSymbol | readonly TracedSymbol[];
export type KernelTable = Readonly<Record<string, TraceKernel>>;
