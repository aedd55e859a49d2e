import * as tf from "@tensorflow/tfjs-core";
import { type HostArray, type HostTensor, scalesOf } from "@prefdelta/tfjs-onnx";
import { widen } from "../storage.ts";
import type { Runtime, RuntimeName, Step, StepInput, StepInputs } from "./runtime.ts";

/** Puts one input on the backend as float32, int32 or bool. */
function upload(tensor: HostTensor, scales: HostTensor | undefined): tf.Tensor {
  const { dtype, data, shape } = widen(tensor, scales);
  return tf.tensor(data, [...shape], dtype as "float32" | "int32" | "bool");
}

/** Runs tfjs functions op by op on a tfjs backend that is already registered. */
export function createEagerRuntime(name: RuntimeName, backend: string, description: string): Runtime {
  // Weights stay on the backend for as long as their host tensors live.
  const uploaded = new WeakMap<HostTensor, tf.Tensor>();

  function feed(input: string, spec: StepInput, feeds: Readonly<Record<string, HostTensor>>): tf.Tensor {
    const tensor = feeds[input];
    if (!tensor) throw new RangeError(`run: input "${input}" — expected a tensor, got nothing`);
    const scales = feeds[scalesOf(input)];
    if (!spec.constant) return upload(tensor, scales);
    let kept = uploaded.get(tensor);
    if (!kept) {
      kept = upload(tensor, scales);
      uploaded.set(tensor, kept);
    }
    return kept;
  }

  return {
    name,
    description,
    async compile(fn, inputs: StepInputs): Promise<Step> {
      return {
        async run(feeds) {
          await tf.setBackend(backend);
          const entries = Object.entries(inputs).map(([input, spec]) => [input, feed(input, spec, feeds)] as const);
          const outputs = tf.tidy(() => fn(Object.fromEntries(entries)));
          const results: Record<string, HostTensor> = {};
          for (const [output, tensor] of Object.entries(outputs)) {
            results[output] = {
              dtype: tensor.dtype as "float32",
              shape: tensor.shape,
              data: (await tensor.data()) as HostArray,
            };
          }
          tf.dispose(Object.values(outputs));
          tf.dispose(entries.filter(([input]) => !inputs[input]!.constant).map(([, tensor]) => tensor));
          return results;
        },
        async release() {},
      };
    },
  };
}
