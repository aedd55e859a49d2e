import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What the stand-in server tells of itself. */
interface StandInStats {
  readonly requests: number;
  readonly answered: number;
  readonly mostAtOnce: number;
  /** How often the prompt that was answered most often was. */
  readonly mostForOne: number;
}

export interface StandIn {
  /** Ends in `/v1`. */
  readonly url: string;
  stats(): Promise<StandInStats>;
  stop(): Promise<void>;
}

const script = new URL("../../../../packages/preference/src/__fixtures__/serve-stand-in.ts", import.meta.url);

/** @prefdelta/preference's server that answers by rule and fails by plan, as a process of its own. */
export async function startStandIn(options: object): Promise<StandIn> {
  const flags = ["--conditions=@prefdelta/source", "--no-warnings"];
  const child = spawn(process.execPath, [...flags, fileURLToPath(script), JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    url,
    stats: async () => (await fetch(new URL("/stats", url))).json() as Promise<StandInStats>,
    async stop() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
