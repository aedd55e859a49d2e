import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../tooling/peers/trl_dpo.py", import.meta.url));

export interface PeerResult {
  readonly secondsPerStep: number;
  readonly peakRssBytes: number;
  readonly gradientCheckpointing: boolean;
}

/** TRL + PEFT on the same shape, with and without gradient checkpointing: the faster of the two. */
export async function runPeer(shape: {
  readonly shape: string;
  readonly prompt: number;
  readonly completion: number;
}): Promise<PeerResult> {
  const python = process.env["PREFDELTA_PYTHON"] ?? "python3";
  const common = [
    script,
    "--shape",
    shape.shape,
    "--prompt",
    String(shape.prompt),
    "--completion",
    String(shape.completion),
  ];
  const results: PeerResult[] = [];
  for (const extra of [[], ["--gradient-checkpointing"]]) {
    const { stdout } = await run(python, [...common, ...extra], { maxBuffer: 2 ** 26 });
    results.push(JSON.parse(stdout.trim().split("\n").at(-1)!) as PeerResult);
  }
  return results.toSorted((a, b) => a.secondsPerStep - b.secondsPerStep)[0]!;
}
