import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";

import type { Check } from "@prefdelta/causal-lm";

import { formatBytes } from "../print/format-bytes.ts";

/** What a machine lets this process have. */
export interface Machine {
  readonly node: string;
  /** The oldest Node that will do. */
  readonly neededNode: number;
  readonly platform: string;
  readonly processor: string;
  /** Logical processors, and how many of them this process may use. */
  readonly processors: number;
  readonly usable: number;
  /** Bytes that processes on this machine have together, or those of the group that this one is in. */
  readonly memory: number;
  /** Bytes of the whole machine. */
  readonly installed: number;
  readonly free: number;
}

/** This machine, and what a control group leaves of it. */
export function readMachine(): Machine {
  const { engines } = createRequire(import.meta.url)("../../package.json") as { engines: { node: string } };
  const installed = totalmem();
  const memory = Math.min(installed, process.constrainedMemory() || Infinity);
  const known = cpus();
  return {
    node: process.versions.node,
    neededNode: Number(/\d+/.exec(engines.node)![0]),
    platform: `${process.platform} ${process.arch}`,
    processor: known[0]?.model.trim() ?? "unknown",
    processors: known.length,
    usable: availableParallelism(),
    memory,
    installed,
    free: Math.min(memory, process.availableMemory()),
  };
}

/** Node, processors and memory. */
export function machineChecks(machine: Machine): Check[] {
  const { node, neededNode, platform, processor, processors, usable, memory, installed, free } = machine;
  const isOld = Number.parseInt(node, 10) < neededNode;
  const limited = memory < installed ? `, which this process' group may have of ${formatBytes(installed)}` : "";
  return [
    {
      name: "node",
      state: isOld ? "problem" : "ok",
      what: `${node}; ${neededNode} or later is needed`,
      advice: isOld ? `install Node ${neededNode}` : undefined,
    },
    { name: "platform", state: "ok", what: `${platform}, ${processor}` },
    { name: "processors", state: "ok", what: `${processors} logical, of which this process may use ${usable}` },
    { name: "memory", state: "ok", what: `${formatBytes(free)} free of ${formatBytes(memory)}${limited}` },
  ];
}
