import * as tf from "@tensorflow/tfjs-core";
import { CausalLmError } from "../errors.ts";
import { createEagerRuntime } from "./eager-runtime.ts";
import { createOnnxRuntime, type OnnxOptions } from "./onnx-runtime.ts";
import type { Runtime, RuntimeName } from "./runtime.ts";

async function load(packageName: string): Promise<object> {
  try {
    return (await import(packageName)) as object;
  } catch (cause) {
    const message = `runtime: package ${packageName} — expected to be installed and to load, got an error; install it, or choose another runtime`;
    throw new CausalLmError("E_RUNTIME", message, { cause });
  }
}

// The addons call a function that Node 23 removed.
async function restoreRemovedUtil(): Promise<void> {
  const { default: util } = (await import("node:util")) as { default: { isNullOrUndefined?: (x: unknown) => boolean } };
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
}

const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split("\n")[0]!;

/** What the addons' backend says of itself. */
interface TensorFlowBackend {
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
}

/** Loads an addon, which registers itself as tfjs' backend "tensorflow". A process has one: where one is loaded, it stays. */
async function startTensorFlow(packageName: string): Promise<TensorFlowBackend> {
  if (!tf.findBackendFactory("tensorflow")) {
    await restoreRemovedUtil();
    // A package whose addon did not load has registered its kernels by then; the next one would warn about each of them.
    for (const { kernelName } of tf.getKernelsForBackend("tensorflow")) tf.unregisterKernel(kernelName, "tensorflow");
    await load(packageName);
  }
  await tf.setBackend("tensorflow");
  if (tf.getBackend() !== "tensorflow") throw new Error(`backend is ${tf.getBackend()}`);
  return tf.backend() as unknown as TensorFlowBackend;
}

function describeTensorFlow({ isGPUPackage, isUsingGpuDevice }: TensorFlowBackend): string {
  const device = isUsingGpuDevice ? "gpu" : "cpu";
  return `tensorflow (libtensorflow, ${device}, @tensorflow/tfjs-node${isGPUPackage ? "-gpu" : ""})`;
}

const tensorFlowRuntime = (backend: TensorFlowBackend): Runtime =>
  createEagerRuntime("tensorflow", "tensorflow", describeTensorFlow(backend));

async function createTensorFlowRuntime(): Promise<Runtime> {
  const failures: string[] = [];
  for (const packageName of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
    try {
      return tensorFlowRuntime(await startTensorFlow(packageName));
    } catch (error) {
      failures.push(`${packageName}: ${firstLine(error instanceof Error && error.cause ? error.cause : error)}`);
    }
  }
  throw new CausalLmError(
    "E_RUNTIME",
    `runtime "tensorflow" — expected @tensorflow/tfjs-node-gpu (CUDA) or @tensorflow/tfjs-node (CPU) to be installed and to load, got: ${failures.join("; ")}`,
  );
}

async function createBackendRuntime(name: "wasm" | "cpu"): Promise<Runtime> {
  await import("@tensorflow/tfjs"); // the gradients
  await load(`@tensorflow/tfjs-backend-${name}`);
  tf.enableProdMode(); // tfjs advertises its Node package otherwise
  await tf.setBackend(name);
  await tf.ready();
  if (tf.getBackend() !== name) {
    throw new CausalLmError("E_RUNTIME", `runtime "${name}" — expected tfjs backend ${name}, got ${tf.getBackend()}`);
  }
  return createEagerRuntime(name, name, `${name} (tfjs backend, op by op)`);
}

/** tensorflow where its GPU package loads and sees a device, else onnx on the CPU. The description says which. */
async function createAutoRuntime(options: OnnxOptions): Promise<Runtime> {
  try {
    const backend = await startTensorFlow("@tensorflow/tfjs-node-gpu");
    if (backend.isUsingGpuDevice) return tensorFlowRuntime(backend);
  } catch {
    // Not there: the CPU it is.
  }
  return createOnnxRuntime(options);
}

/**
 * @throws {CausalLmError} E_RUNTIME, naming what to install, when a runtime that was asked for is not there. Only "auto" chooses.
 */
export function createRuntime(name: RuntimeName | "auto", options: OnnxOptions = {}): Promise<Runtime> {
  switch (name) {
    case "onnx":
      return createOnnxRuntime(options);
    case "tensorflow":
      return createTensorFlowRuntime();
    case "wasm":
    case "cpu":
      return createBackendRuntime(name);
    case "auto":
      return createAutoRuntime(options);
  }
}
