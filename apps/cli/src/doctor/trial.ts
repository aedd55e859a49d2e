import type { RuntimeName } from "@prefdelta/causal-lm";

/** A runtime to be tried. */
export interface Trial {
  readonly runtime: RuntimeName | "auto";
  /** Of onnx. */
  readonly provider?: "cpu" | "webgpu" | "cuda";
  /** Whether its speed is measured, too. */
  readonly measures?: boolean;
}

/** It started, and multiplied right. */
export interface Ran {
  readonly kind: "ran";
  readonly description: string;
  /** As what it is fed integers that it multiplies. */
  readonly integerProducts: "int8" | "uint8" | null;
  /** Of ONNX Runtime's own choice, where the system tells. */
  readonly threads?: number;
  /** Floating-point operations a second. */
  readonly rate?: number;
}

/** What became of a trial: it ran; an error said why not; the process died; it did not answer in time. */
export type TrialOutcome =
  | Ran
  | { readonly kind: "failed"; readonly code: string | undefined; readonly message: string }
  | { readonly kind: "died"; readonly how: string }
  | { readonly kind: "silent"; readonly seconds: number };
