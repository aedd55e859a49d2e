import { createSession, type Session, type SessionOptions } from "./session.ts";
import type { InputSpec } from "./trace/input.ts";
import { trace, type TracedFunction } from "./trace/trace.ts";

/**
 * Records a tfjs function, gradients included, and makes it a step that ONNX Runtime runs.
 * WebGPU has no FusedMatMul kernel: there, transposed products are written as Transpose + MatMul.
 *
 * @throws {TfjsOnnxError} what `trace` throws; E_PROVIDER when the execution provider cannot be had.
 */
export function compile(
  fn: TracedFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  options: SessionOptions = {},
): Promise<Session> {
  const graph = trace(fn, inputs, { matMulForm: options.provider === "webgpu" ? "transpose" : "fused" });
  return createSession(graph, options);
}
