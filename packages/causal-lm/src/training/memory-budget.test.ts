import { expect, it } from "vitest";
import { tinyConfig } from "../__fixtures__/random-model.ts";
import { embeddingBytes, weightBytes } from "../storage.ts";
import { activationBudget, assertEnough, belongOnDisk, PROCESS_BYTES } from "./memory-budget.ts";

const model = { config: tinyConfig, storage: "f32", runtime: { keepsMemory: false, holdsLittle: true } } as const;

it("a budget is what process and weights leave of the memory, or 4 GiB", () => {
  expect(activationBudget(model)).toBe(4 * 2 ** 30);
  const weights = weightBytes(tinyConfig, "f32");
  expect(activationBudget({ ...model, memoryBytes: PROCESS_BYTES + weights + 7 })).toBe(7);
  const onDisk = { ...model, disk: {}, memoryBytes: PROCESS_BYTES + weights };
  expect(activationBudget(onDisk)).toBe(weights - embeddingBytes(tinyConfig, "f32"));
});

it("too little memory is refused with the least there has to be, which is enough", () => {
  let least = 0;
  try {
    assertEnough({ ...model, memoryBytes: 100 * 2 ** 20 }, "models/tiny");
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    expect(code).toBe("E_MEMORY");
    const found = /^models\/tiny: memory — expected at least (\d+)MB for this model in f32, got 100MB$/.exec(message);
    least = Number(found![1]) * 2 ** 20;
  }
  expect(least).toBeGreaterThan(PROCESS_BYTES);
  expect(() => assertEnough({ ...model, memoryBytes: least }, "")).not.toThrow();
  expect(() => assertEnough({ ...model, memoryBytes: least - 2 ** 20 }, "")).toThrow();
  expect(() => assertEnough(model, "")).not.toThrow();
});

it("weights stay on the disk where they would leave no room for an ordinary step", () => {
  expect(belongOnDisk({ ...model, memoryBytes: PROCESS_BYTES + weightBytes(tinyConfig, "f32") })).toBe(true);
  expect(belongOnDisk({ ...model, memoryBytes: PROCESS_BYTES + 50e6 })).toBe(false);
  expect(belongOnDisk(model)).toBe(false);
});
