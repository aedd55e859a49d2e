import { describe, expect, it } from "vitest";

import { parseArguments } from "../parse-arguments.ts";
import { engineArguments, engineOptions } from "./engine-arguments.ts";

const options = (...raw: string[]) => engineOptions(parseArguments(raw, engineArguments));

describe("engineOptions", () => {
  it("chooses by itself where nothing is said", () => {
    expect(options()).toEqual({ name: "auto", provider: "cpu", spinning: false, storage: "f32" });
  });

  it("takes every flag", () => {
    const raw = ["--runtime", "onnx", "--provider", "cuda", "--threads", "3", "--storage", "int8", "--spinning"].concat(
      "--memory",
      "8GB",
    );
    expect(options(...raw)).toEqual({
      name: "onnx",
      provider: "cuda",
      threads: 3,
      spinning: true,
      storage: "int8",
      memory: "8GB",
    });
  });

  it.each([
    ["runtime", "torch", "--runtime: expected auto, onnx, tensorflow, wasm, cpu, found torch"],
    ["provider", "tpu", "--provider: expected cpu, webgpu, cuda, found tpu"],
    ["storage", "fp4", "--storage: expected f32, bf16, f16, int8, w8a8, found fp4"],
    ["threads", "two", "--threads: expected a positive whole number, found two"],
    ["threads", "0", "--threads: expected a positive whole number, found 0"],
    ["memory", "8 apples", "--memory: expected a size as 8GB, found 8 apples"],
    ["threads", "1.5", "--threads: expected a positive whole number, found 1.5"],
  ])("refuses --%s %s", (flag, value, message) => {
    expect(() => options(`--${flag}`, value)).toThrow(expect.objectContaining({ code: "E_USAGE", message }));
  });
});
