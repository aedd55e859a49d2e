import { Writable } from "node:stream";

import { runCli } from "../run-cli.ts";

/** Runs a command line in this process, with what it wrote caught. */
export async function runPda(...raw: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const code = await runCli(raw, { stdout: stream("stdout"), stderr: stream("stderr") });
  return { code, ...written };
}
