import "@tensorflow/tfjs"; // registers tfjs-core's gradients: its own Node bundle has none
import * as tf from "@tensorflow/tfjs-core";
import { TfjsOnnxError } from "../errors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { KernelCall } from "../kernels/kernel.ts";
import type { OnnxGraph } from "../onnx/graph.ts";
import { symbolOf, TraceBackend } from "./backend.ts";
import { declareInput, type InputSpec } from "./input.ts";
import { type Provider, Recorder } from "./recorder.ts";
import { asTracedDataType, materialized, onnxTypeOf, type TracedSymbol } from "./symbol.ts";

const BACKEND = "onnx-trace";

export type TensorMap = Record<string, tf.Tensor>;
export type TracedFunction = (inputs: TensorMap) => TensorMap;

// The trace under way. tfjs keeps one engine for the whole process, and kernels know no other way to find it; a trace is synchronous.
let current: Recorder | undefined;

/** Whether a trace is under way that may use ONNX Runtime's own operators. */
export const tracesContrib = (): boolean => current?.contrib ?? false;

/** Says, while a trace is under way, that what follows is the way back through what was recorded. */
export const endForward = (): void => current?.endForward();

type KernelParameters = Parameters<tf.KernelFunc>[0];

function registerKernels(): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc = ({ inputs, attrs }: KernelParameters): tf.TensorInfo | tf.TensorInfo[] => {
      const recorder = current!;
      const named: Record<string, TracedSymbol> = {};
      for (const [name, tensor] of Object.entries(inputs)) {
        if (tensor) named[name] = symbolOf(tensor.dataId, recorder);
      }
      const call: KernelCall = { recorder, inputs: named, list: Object.values(named), attributes: attrs ?? {} };
      const result = kernel(call);
      return Array.isArray(result) ? result.map(tensorInfo) : tensorInfo(result as TracedSymbol);
    };
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
}

const tensorInfo = (symbol: TracedSymbol): tf.TensorInfo => ({
  dataId: symbol,
  shape: [...symbol.shape],
  dtype: symbol.dtype,
});

/** Runs `record` with a tfjs engine whose operations are recorded, and puts everything back afterwards. */
function withTraceBackend<T>(recorder: Recorder, record: (engine: ReturnType<typeof tf.engine>) => T): T {
  if (current) throw new TfjsOnnxError("E_UNSUPPORTED_KERNEL", "trace: expected no trace under way, got a nested one");
  if (!tf.getKernel("Add", BACKEND)) registerKernels();
  const engine = tf.engine();
  const previous: string | null | undefined = engine.backendName;
  const mathRandom = Math.random;
  current = recorder;
  tf.registerBackend(BACKEND, () => new TraceBackend(recorder), 0);
  // A backend with a synchronous factory is set before the promise is returned.
  void tf.setBackend(BACKEND);
  Math.random = () => {
    throw new TfjsOnnxError(
      "E_RANDOM_UNDER_TRACE",
      "trace: random op — expected random numbers as an input of the traced function, got a draw that would be frozen into the graph",
    );
  };
  engine.startScope();
  try {
    return record(engine);
  } finally {
    engine.endScope();
    Math.random = mathRandom;
    current = undefined;
    tf.removeBackend(BACKEND);
    if (previous) void tf.setBackend(previous);
  }
}

/**
 * Records a tfjs function, with whatever gradients it takes, as an ONNX graph. Inputs that the outputs do not need are left out.
 * The function must be synchronous, and be a function of its inputs alone: no other tensors, no values read, nothing random.
 *
 * @throws {TfjsOnnxError} E_FOREIGN_TENSOR, E_VALUE_UNDER_TRACE, E_RANDOM_UNDER_TRACE, E_UNSUPPORTED_KERNEL
 */
export function trace(
  fn: TracedFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  options: { readonly provider?: Provider } = {},
): OnnxGraph {
  const recorder = new Recorder(options.provider ?? "cpu");
  return withTraceBackend(recorder, (engine) => {
    const tensors: TensorMap = {};
    for (const [name, spec] of Object.entries(inputs)) {
      const { dataId, shape, dtype } = tensorInfo(declareInput(recorder, name, spec));
      tensors[name] = engine.makeTensorFromDataId(dataId, shape, dtype);
    }
    const outputs = Object.entries(fn(tensors)).map(([name, tensor]) => {
      const symbol = symbolOf(tensor.dataId, recorder);
      const dtype = onnxTypeOf(asTracedDataType(tensor.dtype));
      return { value: { name, dtype, shape: tensor.shape }, from: materialized(symbol) };
    });
    return recorder.finish(outputs);
  });
}
