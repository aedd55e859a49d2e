import { describe, expect, it } from "vitest";
import { createRuntime } from "./create-runtime.ts";
import type { Runtime } from "./runtime.ts";
import { assertMultipliesRight, productRate } from "./try-runtime.ts";

const onnx = await createRuntime("onnx", { threads: 1 });

/** A runtime whose steps give back something else than they computed, and how many of them are not released. */
function disturbed(change: (values: Float32Array) => Float32Array): { runtime: Runtime; open: () => number } {
  let open = 0;
  const runtime: Runtime = {
    ...onnx,
    async compile(fn, inputs) {
      const step = await onnx.compile(fn, inputs);
      open++;
      return {
        async run(feeds) {
          const { y } = await step.run(feeds);
          return { y: { ...y!, data: change(y!.data as Float32Array) } };
        },
        async release() {
          open--;
          await step.release();
        },
      };
    },
  };
  return { runtime, open: () => open };
}

describe("assertMultipliesRight", () => {
  it.each(["onnx", "cpu", "wasm"] as const)("holds on %s", async (name) => {
    await expect(assertMultipliesRight(await createRuntime(name))).resolves.toBeUndefined();
  });

  it.each([
    [
      "one entry off in the last bit",
      (values: Float32Array) => values.map((value, i) => (i === 2 ? value * (1 + 2 ** -23) : value)),
    ],
    ["not a number", (values: Float32Array) => values.fill(Number.NaN)],
    ["too few", (values: Float32Array) => values.subarray(1)],
  ])("refuses a product that is %s, with both", async (_, change) => {
    const { runtime, open } = disturbed(change);
    await expect(assertMultipliesRight(runtime)).rejects.toMatchObject({
      code: "E_NUMBERS",
      message: expect.stringMatching(/^onnx .*expected the product \[26\.5,-24,76,-54\], got \[/) as string,
    });
    expect(open()).toBe(0);
  });
});

describe("productRate", () => {
  /** A clock on which every look takes so many milliseconds. */
  const clock = (milliseconds: number) => {
    let time = 0;
    return () => (time += milliseconds);
  };

  it("is two operations a term, by the clock that it is given", async () => {
    expect(await productRate(onnx, { size: 10, now: clock(2) })).toBe(2000 / 0.002);
  });

  it("is of the fastest run, and the first is not counted", async () => {
    const times = [0, 5, 6, 8];
    let runs = 0;
    const { runtime, open } = disturbed((values) => (runs++, values));
    expect(await productRate(runtime, { size: 10, milliseconds: 7, now: () => times.shift()! })).toBe(2000 / 0.001);
    expect(runs).toBe(4);
    expect(open()).toBe(0);
  });

  it("runs once where a run takes longer than all may", async () => {
    let runs = 0;
    const { runtime } = disturbed((values) => (runs++, values));
    await productRate(runtime, { size: 4, milliseconds: 10, now: clock(1000) });
    expect(runs).toBe(2);
  });
});
