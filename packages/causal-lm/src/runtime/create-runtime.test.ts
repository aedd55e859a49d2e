import { describe, expect, it } from "vitest";
import { createRuntime } from "./create-runtime.ts";

const installed = async (name: string): Promise<boolean> => {
  try {
    await import(name);
    return true;
  } catch {
    return false;
  }
};
const hasTensorFlow = (await installed("@tensorflow/tfjs-node-gpu")) || (await installed("@tensorflow/tfjs-node"));

describe("createRuntime", () => {
  it("says what it is", async () => {
    expect((await createRuntime("onnx", { threads: 2 })).description).toBe("onnx (ONNX Runtime, cpu, 2 threads)");
    expect((await createRuntime("wasm")).description).toContain("wasm");
    expect((await createRuntime("cpu")).name).toBe("cpu");
  });

  it("chooses by itself only when asked to, and says what", async () => {
    const { name, description } = await createRuntime("auto");
    expect(["onnx", "tensorflow"]).toContain(name);
    expect(description).toContain(name);
  });

  it.skipIf(hasTensorFlow)("names what to install where a runtime is not there, and does not fall back", async () => {
    await expect(createRuntime("tensorflow")).rejects.toMatchObject({
      code: "E_RUNTIME",
      message: expect.stringMatching(/@tensorflow\/tfjs-node-gpu.*@tensorflow\/tfjs-node/) as string,
    });
  });

  it.runIf(hasTensorFlow)("runs on libtensorflow where it is installed", async () => {
    expect((await createRuntime("tensorflow")).name).toBe("tensorflow");
  });
});
