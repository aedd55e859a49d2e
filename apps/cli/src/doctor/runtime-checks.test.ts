import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { integerCheck, knownRuntimes, runtimeCheck } from "./runtime-checks.ts";
import type { TrialOutcome } from "./trial.ts";

const ran = { kind: "ran", description: "onnx (ONNX Runtime, cpu)", integerProducts: "int8" } as const;
const named = (name: string) => knownRuntimes.find((known) => known.name === `runtime ${name}`)!;
const auto = named("auto");
const webgpu = named("onnx, provider webgpu");
const onnx = named("onnx, provider cpu");

test("every runtime and provider is tried once, and what auto takes last", () => {
  const tried = knownRuntimes.map(({ trial }) => [trial.runtime, trial.provider].filter(Boolean).join(" "));
  expect(tried).toEqual(["onnx cpu", "onnx webgpu", "onnx cuda", "tensorflow", "wasm", "cpu", "auto"]);
});

test("one that ran says what it is, and what was measured of it", () => {
  expect(runtimeCheck(webgpu, ran)).toEqual({ name: webgpu.name, state: "ok", what: ran.description });
  expect(runtimeCheck(auto, { ...ran, threads: 1, rate: 61.46e9 }).what).toBe(
    "takes onnx (ONNX Runtime, cpu); 1 thread where --threads says nothing else; 61.5 GFLOP/s in a product of 1024³, measured here and now",
  );
  expect(runtimeCheck(auto, { ...ran, rate: 2e9 }).what).toContain("cpu); 2.00 GFLOP/s");
});

test.each<[string, TrialOutcome, string, string]>([
  ["is not there", { kind: "failed", code: "E_PROVIDER", message: "not\n  there \n" }, "absent", "problem"],
  ["is there and fails", { kind: "failed", code: undefined, message: "device lost" }, "warning", "problem"],
  ["computes something else", { kind: "failed", code: "E_NUMBERS", message: "got [1]" }, "problem", "problem"],
  ["dies", { kind: "died", how: "signal SIGSEGV" }, "warning", "problem"],
  ["hangs", { kind: "silent", seconds: 60 }, "warning", "problem"],
])("a runtime that %s", (_, outcome, ...[state, stateOfNeeded]) => {
  expect(runtimeCheck(webgpu, outcome).state).toBe(state);
  expect(runtimeCheck(onnx, outcome).state).toBe(stateOfNeeded);
  expect(runtimeCheck(webgpu, outcome).advice).toBeTruthy();
});

test("what is told of it fits on one line", () => {
  const told = (outcome: TrialOutcome) => runtimeCheck(webgpu, outcome).what;
  expect(told({ kind: "failed", code: "E_PROVIDER", message: "not\n  there \n" })).toBe("not; there");
  expect(told({ kind: "died", how: "signal SIGSEGV" })).toBe("its process died: signal SIGSEGV");
  expect(told({ kind: "silent", seconds: 60 })).toBe("no answer in 60 s, ended");
});

test("integer products are known where onnx runs on the cpu", () => {
  expect(integerCheck(ran)).toMatchObject({ state: "ok", what: expect.stringContaining("VNNI") as string });
  expect(integerCheck({ ...ran, integerProducts: "uint8" })).toMatchObject({ state: "absent" });
  expect(integerCheck({ kind: "died", how: "exit code 1" }).what).toMatch(/^not known/);
});

test("the versions that are advised are those of the project's catalog", async () => {
  const workspace = await readFile(new URL("../../../../pnpm-workspace.yaml", import.meta.url), "utf8");
  const advised = knownRuntimes.flatMap(({ advice }) => [
    ...advice.matchAll(/(?<name>[@\w/-]+)@(?<version>\d[\d.]+\d)/g),
  ]);
  expect(advised.length).toBeGreaterThan(4);
  for (const { groups } of advised) {
    expect(workspace.replaceAll('"', "")).toContain(`${groups!["name"]}: ${groups!["version"]}`);
  }
});
