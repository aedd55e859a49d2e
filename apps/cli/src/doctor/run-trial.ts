import { fork } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";

import { CliError } from "../errors.ts";
import type { Trial, TrialOutcome } from "./trial.ts";

/** Sources run as they are where this file is one; a package that was built has JavaScript. */
const isSource = import.meta.url.endsWith(".ts");
const ownScript = isSource
  ? new URL("./trial-process.ts", import.meta.url)
  : new URL("./trial-process.js", import.meta.url);

export interface TrialOptions {
  /** After so long it is ended. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** What the process runs; trial-process.ts, unless it is given. */
  readonly script?: URL;
}

/** The last thing that a process wrote before it died, Node's traces of stacks left off. */
const lastLine = (text: string): string => {
  const [told] = stripVTControlCharacters(text).split(/^-+ (?:Native|JavaScript) stack trace/m);
  return told!.trim().split("\n").at(-1)!.trim().slice(0, 300);
};

/**
 * Tries a runtime in a process of its own: a driver that crashes takes no more than that with it, one that hangs is ended, what native code prints is kept
 * from the terminal, and tfjs has one engine a process.
 *
 * @throws CliError E_INTERRUPTED
 */
export async function runTrial(
  trial: Trial,
  { seconds, signal, script = ownScript }: TrialOptions,
): Promise<TrialOutcome> {
  const child = fork(script, [JSON.stringify(trial)], {
    execArgv: isSource ? ["--conditions=@prefdelta/source", "--no-warnings"] : [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let written = "";
  child.stderr!.on("data", (chunk: Buffer) => (written = (written + chunk.toString()).slice(-10_000)));
  let outcome: TrialOutcome | undefined;
  const end = (reason?: TrialOutcome): void => {
    outcome ??= reason;
    child.kill("SIGKILL");
  };
  child.on("message", (message) => end(message as TrialOutcome));
  const timer = setTimeout(() => end({ kind: "silent", seconds }), seconds * 1000);
  const stop = (): void => end();
  signal.addEventListener("abort", stop);
  try {
    const [code, killed] = (await once(child, "close")) as [number | null, string | null];
    if (signal.aborted) throw new CliError("E_INTERRUPTED", "stopped while runtimes were tried");
    const how = killed === null ? `exit code ${code}` : `signal ${killed}`;
    return outcome ?? { kind: "died", how: written.trim() === "" ? how : `${how}: ${lastLine(written)}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
