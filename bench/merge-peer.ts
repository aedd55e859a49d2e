import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LinearShape } from "./adapter-shapes.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../tooling/peers/peft_merge.py", import.meta.url));

/** PEFT's `svd` merge of one layer's modules, as many adapters and ranks as ours. */
export async function runMergePeer(job: {
  readonly modules: readonly LinearShape[];
  readonly adapters: number;
  readonly rank: number;
}): Promise<{ secondsPerLayer: number }> {
  const python = process.env["PREFDELTA_PYTHON"] ?? "python3";
  const { stdout } = await run(python, [script, JSON.stringify(job)], { maxBuffer: 2 ** 26 });
  const { secondsPerLayer } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { secondsPerLayer: number };
  return { secondsPerLayer };
}
