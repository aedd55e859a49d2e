import type { Check } from "@prefdelta/causal-lm";

import { formatRate } from "../print/format-rate.ts";
import type { Ran, Trial, TrialOutcome } from "./trial.ts";

/** A runtime that is tried, and what to do where it is not there. */
interface KnownRuntime {
  readonly name: string;
  readonly trial: Trial;
  /** Without it nothing runs. */
  readonly needed?: boolean;
  readonly advice: string;
}

const TFJS = "4.22.0";

/** In the order in which they are tried: what auto takes last, so that its speed is measured with nothing else under way. */
export const knownRuntimes: readonly KnownRuntime[] = [
  {
    name: "runtime onnx, provider cpu",
    trial: { runtime: "onnx", provider: "cpu" },
    needed: true,
    advice: "npm install onnxruntime-node@1.30.0",
  },
  {
    name: "runtime onnx, provider webgpu",
    trial: { runtime: "onnx", provider: "webgpu" },
    advice: "takes a GPU with its driver; on Linux one for Vulkan, and libvulkan.so.1",
  },
  {
    name: "runtime onnx, provider cuda",
    trial: { runtime: "onnx", provider: "cuda" },
    advice:
      "takes an Nvidia GPU on Linux x64 and CUDA 12; onnxruntime-node's install script brings ONNX Runtime's part of it",
  },
  {
    name: "runtime tensorflow",
    trial: { runtime: "tensorflow" },
    advice: `npm install @tensorflow/tfjs-node-gpu@${TFJS}, with an Nvidia GPU, or @tensorflow/tfjs-node@${TFJS}`,
  },
  {
    name: "runtime wasm",
    trial: { runtime: "wasm" },
    advice: `npm install @tensorflow/tfjs-backend-wasm@${TFJS}`,
  },
  {
    name: "runtime cpu",
    trial: { runtime: "cpu" },
    advice: `npm install @tensorflow/tfjs-backend-cpu@${TFJS}`,
  },
  {
    name: "runtime auto",
    trial: { runtime: "auto", measures: true },
    needed: true,
    advice: "choose another by --runtime",
  },
];

const gigaflops = (rate: number): string => `${formatRate(rate / 1e9)} GFLOP/s`;

function describeRun({ runtime }: Trial, { description, threads, rate }: Ran): string {
  return [
    `${runtime === "auto" ? "takes " : ""}${description}`,
    ...(threads === undefined
      ? []
      : [`${threads} ${threads === 1 ? "thread" : "threads"} where --threads says nothing else`]),
    ...(rate === undefined ? [] : [`${gigaflops(rate)} in a product of 1024³, measured here and now`]),
  ].join("; ");
}

const flat = (message: string): string => message.trim().replaceAll(/\s*\n\s*/g, "; ");

/** Codes of what is not there; other errors are of what is there and does not work. */
const absences: readonly (string | undefined)[] = ["E_RUNTIME", "E_PROVIDER"];

/** What was found of one runtime. */
export function runtimeCheck({ name, trial, needed = false, advice }: KnownRuntime, outcome: TrialOutcome): Check {
  const broken = needed ? "problem" : "warning";
  switch (outcome.kind) {
    case "ran":
      return { name, state: "ok", what: describeRun(trial, outcome) };
    case "failed": {
      const { code, message } = outcome;
      if (code === "E_NUMBERS") return { name, state: "problem", what: flat(message), advice: "do not use it" };
      const isAbsent = absences.includes(code) && !needed;
      return { name, state: isAbsent ? "absent" : broken, what: flat(message), advice };
    }
    case "died":
      return {
        name,
        state: broken,
        what: `its process died: ${outcome.how}`,
        advice: "something below it is broken, a driver say: do not use it",
      };
    case "silent":
      return { name, state: broken, what: `no answer in ${outcome.seconds} s, ended`, advice: "do not use it" };
  }
}

/** Whether this processor multiplies 8-bit integers as fast as it might, from what ONNX Runtime was seen to do on it. */
export function integerCheck(outcome: TrialOutcome): Check {
  const name = "integer products (--storage w8a8)";
  const form = outcome.kind === "ran" ? outcome.integerProducts : null;
  if (form === null) return { name, state: "absent", what: "not known: onnx does not run on the cpu" };
  return form === "int8"
    ? { name, state: "ok", what: "the processor adds products of int8 exactly (VNNI): w8a8 is faster than f32" }
    : {
        name,
        state: "absent",
        what: "no VNNI: products are taken of uint8, with the same numbers; decoding gains by w8a8, training does not",
      };
}
