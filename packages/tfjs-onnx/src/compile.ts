import { createSession, type Session, type SessionOptions } from "./session.ts";
import type { InputSpec } from "./trace/input.ts";
import { trace, type TracedFunction } from "./trace/trace.ts";

/**
 * Records a tfjs function, gradients included, and makes it a step that ONNX Runtime runs.
 * WebGPU lacks FusedMatMul and others of ONNX Runtime's own operators: there, ONNX's standard ones are used alone.
 *
 * @throws {TfjsOnnxError} what `trace` throws; E_PROVIDER when the execution provider cannot be had.
 */
export function compile(
  fn: TracedFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  options: SessionOptions = {},
): Promise<Session> {
  const graph = trace(fn, inputs, options);
  return createSession(graph, options);
}
