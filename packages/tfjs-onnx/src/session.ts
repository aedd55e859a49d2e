import type { InferenceSession, Tensor } from "onnxruntime-node";
import { TfjsOnnxError } from "./errors.ts";
import type { HostArray, HostTensor } from "./host-tensor.ts";
import { assertExactProducts } from "./integer-form.ts";
import { encodeModel } from "./onnx/encode.ts";
import type { OnnxGraph, OnnxValue } from "./onnx/graph.ts";
import type { Provider } from "./trace/recorder.ts";
import { sameShape } from "./trace/shape.ts";

export interface SessionOptions {
  readonly provider?: Provider;
  /** Threads of the CPU provider; ONNX Runtime's choice (one per physical core) if absent. */
  readonly threads?: number;
  /** Whether idle threads spin. Spinning is 5–10 % faster on a quiet machine and several times slower on a busy one. */
  readonly spinning?: boolean;
  /** Whether the CPU provider keeps memory for the next run, by doubling: twice what was needed, until the session is released. Yes if absent. */
  readonly arena?: boolean;
}

export interface Session {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** @throws {TfjsOnnxError} E_FEED when a feed is missing, unknown, or of another type or shape than its input. */
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  release(): Promise<void>;
}

type Runtime = typeof import("onnxruntime-node");

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const message =
      "onnxruntime-node — expected an installed package that loads, got an error; install onnxruntime-node";
    throw new TfjsOnnxError("E_PROVIDER", message, { cause });
  }
}

function checkFeed({ name, dtype, shape }: OnnxValue, tensor: HostTensor | undefined): HostTensor {
  if (tensor && tensor.dtype === dtype && sameShape(tensor.shape, shape)) return tensor;
  const got = tensor ? `${tensor.dtype} [${tensor.shape.join()}]` : "nothing";
  throw new TfjsOnnxError("E_FEED", `run: input "${name}" — expected ${dtype} [${shape.join()}], got ${got}`);
}

/**
 * An ONNX Runtime session over a traced graph. Feeds are read in place, not copied.
 *
 * @throws {TfjsOnnxError} E_PROVIDER; E_INTEGER_PRODUCTS for a graph that multiplies int8, on a processor that rounds such products.
 */
export async function createSession(graph: OnnxGraph, options: SessionOptions = {}): Promise<Session> {
  const { provider = "cpu", threads, spinning = true, arena = true } = options;
  await assertExactProducts(graph, createSession);
  const ort = await loadRuntime();
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(encodeModel(graph), {
      executionProviders: [provider],
      // On the CPU a recorded graph gains nothing by ONNX Runtime's rewriting, which takes three quarters of a session's making and moves nodes to
      // where they hold memory (docs/decisions/0015-computed-again.md).
      graphOptimizationLevel: provider === "cpu" ? "disabled" : "all",
      // Patterns pre-allocate each session's peak: 40 % more memory for no time.
      enableMemPattern: false,
      enableCpuMemArena: arena,
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(spinning ? {} : { extra: { session: { intra_op: { allow_spinning: "0" } } } }),
    });
  } catch (cause) {
    if (provider === "cpu") throw cause;
    const message = `onnxruntime-node — expected the "${provider}" execution provider, got: ${String(cause)}`;
    throw new TfjsOnnxError("E_PROVIDER", message, { cause });
  }
  // A weight is wrapped once, however many steps it is fed to.
  const wrapped = new WeakMap<HostTensor, Tensor>();
  const wrap = (tensor: HostTensor): Tensor => {
    let found = wrapped.get(tensor);
    if (!found) {
      found = new ort.Tensor(tensor.dtype as "float32", tensor.data as Float32Array, tensor.shape);
      wrapped.set(tensor, found);
    }
    return found;
  };
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    async run(feeds) {
      const entries = graph.inputs.map((value) => [value.name, wrap(checkFeed(value, feeds[value.name]))] as const);
      const results = await session.run(Object.fromEntries(entries));
      return Object.fromEntries(
        graph.outputs.map(({ name, dtype, shape }) => [name, { dtype, shape, data: results[name]!.data as HostArray }]),
      );
    },
    release: () => session.release(),
  };
}
