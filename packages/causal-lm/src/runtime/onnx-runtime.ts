import { compile, type Provider } from "@prefdelta/tfjs-onnx";
import type { Runtime } from "./runtime.ts";

export interface OnnxOptions {
  readonly provider?: Provider;
  readonly threads?: number;
  /** Whether idle threads spin. Off: a few percent slower on a quiet machine, several times faster beside another busy process. */
  readonly spinning?: boolean;
}

/** Functions are recorded as graphs and run by ONNX Runtime. */
export function createOnnxRuntime(options: OnnxOptions = {}): Runtime {
  const { provider = "cpu", threads, spinning = false } = options;
  return {
    name: "onnx",
    description: `onnx (ONNX Runtime, ${provider}${threads === undefined ? "" : `, ${threads} threads`})`,
    integerProducts: provider === "cpu",
    compile: (fn, inputs) => compile(fn, inputs, { ...options, spinning }),
  };
}
