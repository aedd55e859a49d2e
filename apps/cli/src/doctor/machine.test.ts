import { availableParallelism, totalmem } from "node:os";

import { expect, test } from "vitest";

import { type Machine, machineChecks, readMachine } from "./machine.ts";

const machine: Machine = {
  node: "24.3.1",
  neededNode: 24,
  platform: "linux x64",
  processor: "Some CPU",
  processors: 8,
  usable: 2,
  memory: 4 * 2 ** 30,
  installed: 16 * 2 ** 30,
  free: 1.5 * 2 ** 30,
};

test("this machine is read, and Node needs what the package says", () => {
  const found = readMachine();
  expect(found).toMatchObject({ node: process.versions.node, neededNode: 24, usable: availableParallelism() });
  expect(found.processors).toBeGreaterThan(0);
  expect(found.memory).toBeLessThanOrEqual(totalmem());
  expect(found.free).toBeGreaterThan(0);
  expect(found.free).toBeLessThanOrEqual(found.memory);
  expect(machineChecks(found).map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
});

test("what a control group leaves of processors and memory is told", () => {
  expect(machineChecks(machine).map(({ name, what }) => `${name}: ${what}`)).toEqual([
    "node: 24.3.1; 24 or later is needed",
    "platform: linux x64, Some CPU",
    "processors: 8 logical, of which this process may use 2",
    "memory: 1.5 GB free of 4.0 GB, which this process' group may have of 16.0 GB",
  ]);
  const whole = machineChecks({ ...machine, memory: machine.installed }).at(-1)!;
  expect(whole.what).toBe("1.5 GB free of 16.0 GB");
});

test.each([
  ["23.9.0", "problem"],
  ["24.0.0", "ok"],
  ["100.1.0", "ok"],
])("Node %s: %s", (node, state) => {
  const [check] = machineChecks({ ...machine, node });
  expect(check).toMatchObject({ state, advice: state === "ok" ? undefined : "install Node 24" });
});
