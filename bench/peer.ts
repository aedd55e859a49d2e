import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const scripts = fileURLToPath(new URL("../tooling/peers/", import.meta.url));

/** What a script of tooling/peers prints last, with the Python named by PREFDELTA_PYTHON. */
async function runScript<T>(name: string, args: readonly string[]): Promise<T> {
  const { stdout } = await run(process.env["PREFDELTA_PYTHON"] ?? "python3", [scripts + name, ...args], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

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
  readonly steps: number;
  readonly warmup: number;
}): Promise<PeerResult> {
  const common = Object.entries(shape).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const results: PeerResult[] = [];
  for (const extra of [[], ["--gradient-checkpointing"]]) {
    results.push(await runScript<PeerResult>("trl_dpo.py", [...common, ...extra]));
  }
  return results.toSorted((a, b) => a.secondsPerStep - b.secondsPerStep)[0]!;
}

interface DecodePeer {
  readonly dtype: string;
  readonly tokensPerSecond: number;
  readonly peakRssBytes: number;
}

/** transformers' generate on the same model, in float32 and bfloat16: the faster of the two. */
export function runDecodePeer(setting: {
  readonly config: object;
  readonly batch: number;
  readonly prompt: number;
  readonly tokens: number;
  readonly threads: number;
}): Promise<DecodePeer> {
  const { config, ...numbers } = setting;
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return runScript("decode.py", ["--config", JSON.stringify(config), ...args]);
}
