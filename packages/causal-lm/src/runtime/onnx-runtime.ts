import { compile, createSession, integerForm, type Provider } from "@prefdelta/tfjs-onnx";
import type { Runtime } from "./runtime.ts";

export interface OnnxOptions {
  readonly provider?: Provider;
  readonly threads?: number;
  /** Whether idle threads spin. Off: a few percent slower on a quiet machine, several times faster beside another busy process. */
  readonly spinning?: boolean;
  /** Whether a compiled step keeps, for its next run, the memory that it once needed; yes if absent. Not: up to a tenth slower, and far smaller. */
  readonly arena?: boolean;
}

/** Functions are recorded as graphs and run by ONNX Runtime. */
export async function createOnnxRuntime(options: OnnxOptions = {}): Promise<Runtime> {
  const { provider = "cpu", threads, spinning = false, arena = true } = options;
  return {
    name: "onnx",
    description: `onnx (ONNX Runtime, ${provider}${threads === undefined ? "" : `, ${threads} threads`})`,
    integerProducts: provider === "cpu" ? await integerForm(createSession) : null,
    keepsMemory: arena || provider !== "cpu",
    holdsLittle: provider === "cpu",
    compile: (fn, inputs) => compile(fn, inputs, { ...options, spinning }),
  };
}
