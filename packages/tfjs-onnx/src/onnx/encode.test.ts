import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { encodeModel } from "./encode.ts";
import { int, message, string, varint } from "./wire.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("wire", () => {
  it.each([
    [0, "00"],
    [1, "01"],
    [127, "7f"],
    [128, "8001"],
    [300, "ac02"], // the example of the protocol-buffer documentation
    [-1, "ffffffffffffffffff01"],
  ])("encodes varint %i", (value, expected) => expect(hex(varint(value))).toBe(expected));

  it("frames fields", () => {
    expect(hex(int(1, 150))).toBe("089601");
    expect(hex(string(2, "testing"))).toBe("120774657374696e67");
    expect(hex(message(3, [int(1, 150)]))).toBe("1a03089601");
  });
});

describe("encodeModel", () => {
  // tooling/peers/onnx_golden.py builds the same model with the onnx package.
  it("writes the bytes that the onnx package writes", async () => {
    const golden = JSON.parse(await readFile(new URL("./__fixtures__/model.json", import.meta.url), "utf8")) as {
      hex: string;
    };
    const node = (op: string, inputs: string[], output: string) => ({
      op,
      domain: "",
      inputs,
      outputs: [output],
      attributes: {},
    });
    const x = { name: "x", dtype: "float32" as const, shape: [2, 2] };
    const bytes = encodeModel({
      nodes: [
        { ...node("Softmax", ["x"], "t0"), attributes: { axis: -1 } },
        { ...node("Transpose", ["t0"], "t1"), attributes: { perm: [1, 0] } },
        {
          ...node("FusedMatMul", ["t1", "c0"], "t2"),
          domain: "com.microsoft",
          attributes: { transA: 1, alpha: { float: 0.5 } },
        },
        { ...node("ScatterND", ["t2", "c1", "x"], "y"), attributes: { reduction: "add" } },
      ],
      initializers: [
        { name: "c0", dtype: "float32", shape: [2, 2], bytes: new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer) },
        { name: "c1", dtype: "int64", shape: [1, 1], bytes: new Uint8Array(BigInt64Array.of(1n).buffer) },
      ],
      inputs: [x],
      outputs: [{ ...x, name: "y" }],
    });
    expect(hex(bytes)).toBe(golden.hex);
  });

  it("asks for the opset that has BitCast only where a graph uses it", () => {
    const graph = {
      nodes: [{ op: "BitCast", domain: "", inputs: ["x"], outputs: ["y"], attributes: { to: 16 } }],
      initializers: [],
      inputs: [{ name: "x", dtype: "uint16" as const, shape: [2] }],
      outputs: [{ name: "y", dtype: "bfloat16" as const, shape: [2] }],
    };
    expect(hex(encodeModel(graph))).toContain(hex(message(8, [int(2, 26)])));
  });
});
