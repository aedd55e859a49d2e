import * as tf from "@tensorflow/tfjs-core";
import { type HostArray, type HostTensor, scalesOf, type Storage } from "@prefdelta/tfjs-onnx";
import { widen } from "../storage.ts";
import type { Runtime, RuntimeName, Step, StepInputs } from "./runtime.ts";

/** Puts one input on the backend as float32, int32 or bool. */
function upload(tensor: HostTensor, storage: Storage, scales: HostTensor | undefined): tf.Tensor {
  const { dtype, data, shape } = widen(tensor, storage, scales);
  return tf.tensor(data, [...shape], dtype as "float32" | "int32" | "bool");
}

/** A weight on the backend, and the steps that use it. */
interface Uploaded {
  readonly tensor: tf.Tensor;
  readonly users: Set<Step>;
}

/** Runs tfjs functions op by op on a tfjs backend that is already registered. */
export function createEagerRuntime(name: RuntimeName, backend: string, description: string): Runtime {
  // Weights stay on the backend until the last step that was fed them is released: its memory is no garbage collector's.
  const weights = new Map<HostTensor, Uploaded>();

  function weight(
    step: Step,
    host: HostTensor,
    [storage, scales]: readonly [Storage, HostTensor | undefined],
  ): tf.Tensor {
    let uploaded = weights.get(host);
    if (!uploaded) {
      uploaded = { tensor: upload(host, storage, scales), users: new Set() };
      weights.set(host, uploaded);
    }
    uploaded.users.add(step);
    return uploaded.tensor;
  }

  function release(step: Step): void {
    for (const [host, { tensor, users }] of weights) {
      if (!users.delete(step) || users.size > 0) continue;
      tensor.dispose();
      weights.delete(host);
    }
  }

  return {
    name,
    description,
    integerProducts: null,
    keepsMemory: true,
    holdsLittle: false,
    async compile(fn, inputs: StepInputs): Promise<Step> {
      const step: Step = {
        async run(feeds) {
          await tf.setBackend(backend);
          const entries = Object.entries(inputs).map(([input, { constant, storage = "f32" }]) => {
            const host = feeds[input];
            if (!host) throw new RangeError(`run: input "${input}" — expected a tensor, got nothing`);
            const scales = feeds[scalesOf(input)];
            return [input, constant ? weight(step, host, [storage, scales]) : upload(host, storage, scales)] as const;
          });
          try {
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
            return results;
          } finally {
            tf.dispose(entries.filter(([input]) => !inputs[input]!.constant).map(([, tensor]) => tensor));
          }
        },
        async release() {
          release(step);
        },
      };
      return step;
    },
  };
}
