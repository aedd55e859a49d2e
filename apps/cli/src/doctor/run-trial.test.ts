import { expect, test } from "vitest";

import { runTrial } from "./run-trial.ts";
import type { Ran } from "./trial.ts";

const { signal } = new AbortController();
const crashing = new URL("../__fixtures__/trials/abort.ts", import.meta.url);
const leaving = new URL("../__fixtures__/trials/leave.ts", import.meta.url);
const hanging = new URL("../__fixtures__/trials/hang.ts", import.meta.url);
const trial = { runtime: "onnx" } as const;

test("a runtime that is there runs, and one that is measured tells its speed and its threads", async () => {
  const outcome = (await runTrial({ runtime: "auto", measures: true }, { seconds: 60, signal })) as Ran;
  expect(outcome).toMatchObject({ kind: "ran", description: expect.stringMatching(/^(onnx|tensorflow) \(/) as string });
  expect(outcome.rate).toBeGreaterThan(1e6);
  if (process.platform === "linux" && outcome.description.startsWith("onnx"))
    expect(outcome.threads).toBeGreaterThan(0);
});

test("one that is not there says so in its own words, and prints nothing of its own", async () => {
  const outcome = await runTrial({ runtime: "onnx", provider: "cuda" }, { seconds: 60, signal });
  if (outcome.kind === "ran") return expect(outcome.description).toBe("onnx (ONNX Runtime, cuda)");
  expect(outcome).toMatchObject({
    kind: "failed",
    code: "E_PROVIDER",
    message: expect.stringContaining('expected the "cuda" execution provider, got: ') as string,
  });
});

test("a process that crashes is one finding, with its last words", async () => {
  expect(await runTrial(trial, { seconds: 60, signal, script: crashing })).toEqual({
    kind: "died",
    how: "signal SIGABRT: what():  device lost",
  });
  expect(await runTrial(trial, { seconds: 60, signal, script: leaving })).toEqual({
    kind: "died",
    how: "exit code 7",
  });
});

test("a process that hangs is ended after its time", async () => {
  expect(await runTrial(trial, { seconds: 1, signal, script: hanging })).toEqual({ kind: "silent", seconds: 1 });
});

test("Ctrl-C ends the process and the command", async () => {
  const controller = new AbortController();
  const run = runTrial(trial, { seconds: 60, signal: controller.signal, script: hanging });
  controller.abort();
  await expect(run).rejects.toMatchObject({ code: "E_INTERRUPTED" });
});
