/// <reference types="node" />
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

declare module "vitest" {
  // The type parameters must repeat vitest's own declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * A README (a file URL) whose first `ts` block runs beside it and prints the `text` block that follows. Without a `text` block it must
     * end well. `replacements` put real paths in the place of a reader's.
     */
    toRunItsExample(replacements?: Readonly<Record<string, string>>): R;
  }
}

expect.extend({
  toRunItsExample(readme: URL, replacements: Readonly<Record<string, string>> = {}) {
    const [, example, output] = /```ts\n(.*?)```(?:\n+```text\n(.*?)```)?/s.exec(readFileSync(readme, "utf8")) ?? [];
    if (example === undefined) return { pass: false, message: () => `${readme.pathname} has no example` };
    let program = example;
    for (const [theirs, ours] of Object.entries(replacements)) program = program.replaceAll(theirs, ours);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--conditions=@prefdelta/source", "--input-type=module-typescript", "--eval", program],
      { cwd: fileURLToPath(new URL(".", readme)), encoding: "utf8" },
    );
    return {
      pass: status === 0 && stdout === (output ?? stdout),
      message: () => `the example of ${readme.pathname} ended with ${status} and printed\n${stdout}${stderr}`,
      actual: stdout,
      expected: output ?? "anything, and exit code 0",
    };
  },
});
