import { describe, expect, it } from "vitest";
import { createRuntime } from "./create-runtime.ts";

const tensorflow = await createRuntime("tensorflow").catch((error: Error) => error);
const isMissing = tensorflow instanceof Error;

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

  it.runIf(isMissing)("names what to install where a runtime is not there, and does not fall back", () => {
    expect(tensorflow).toMatchObject({
      code: "E_RUNTIME",
      message: expect.stringMatching(/@tensorflow\/tfjs-node-gpu \(CUDA\) or @tensorflow\/tfjs-node \(CPU\)/) as string,
    });
  });

  it("runs on libtensorflow where it is installed, and says on which device", async ({ skip }) => {
    if (tensorflow instanceof Error) return skip(tensorflow.message);
    expect(tensorflow.name).toBe("tensorflow");
    expect(tensorflow.description).toMatch(/^tensorflow \(libtensorflow, (cpu|gpu), @tensorflow\/tfjs-node(-gpu)?\)$/);
    // The backend is the process': a second runtime is on the same one.
    expect((await createRuntime("tensorflow")).description).toBe(tensorflow.description);
  });

  it("leaves the tensorflow CPU package to who asks for it", async ({ skip }) => {
    if (tensorflow instanceof Error) return skip(tensorflow.message);
    expect((await createRuntime("auto")).name).toBe(tensorflow.description.includes("gpu,") ? "tensorflow" : "onnx");
  });
});
