import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deserialize } from "./deserialize.ts";
import { dtypeBits, dtypes } from "./dtype.ts";
import type { Dtype } from "./dtype.ts";
import { serialize } from "./serialize.ts";
import type { TensorView } from "./tensor-view.ts";
import { toFloat32 } from "./to-float32.ts";

/** Written by the Python package; made by tooling/peers/safetensors_golden.py. */
const golden = new Uint8Array(readFileSync(new URL("__fixtures__/golden.safetensors", import.meta.url)));

const view = (dtype: Dtype, shape: readonly number[], size: number): TensorView => ({
  dtype,
  shape,
  bytes: Uint8Array.from({ length: size }, (_, i) => i),
});

const header = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))));

describe("against the Python package", () => {
  it("writes its file again, byte for byte", () => {
    const { tensors, metadata } = deserialize(golden);
    expect(Buffer.compare(serialize([...tensors].toReversed(), metadata), golden)).toBe(0);
  });

  it("reads its tensors", () => {
    const { tensors, metadata } = deserialize(golden);
    expect(Object.fromEntries(metadata)).toEqual({ format: "pt" });
    expect(tensors.get("matrix")?.shape).toEqual([2, 3]);
    expect(toFloat32(tensors.get("matrix")!)).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(tensors.get("scalar")?.shape).toEqual([]);
    expect(toFloat32(tensors.get("scalar")!)).toEqual(Float32Array.of(2.5));
    expect(toFloat32(tensors.get("__proto__")!)).toEqual(Float32Array.of(1, 2));
    expect(tensors.get("empty")?.shape).toEqual([3, 0, 2]);
    expect(tensors.get("dtype.int64")).toEqual({
      dtype: "I64",
      shape: [3],
      bytes: new Uint8Array(BigInt64Array.of(1n, 0n, 1n).buffer),
    });
    const used = new Set([...tensors.values()].map(({ dtype }) => dtype));
    expect(dtypes.filter((dtype) => !used.has(dtype))).toEqual(["F6_E2M3", "F6_E3M2"]);
  });
});

/** Read by the Python package in tooling/peers/safetensors_golden.py --check. */
it("writes the file with every dtype that the Python package was shown", () => {
  const tensors = dtypes.map((dtype): [string, TensorView] => [dtype, view(dtype, [4], dtypeBits(dtype) / 2)]);
  const bytes = serialize(tensors, [
    ["format", "pt"],
    ['quote "', "ü\u0007"],
  ]);
  expect(Buffer.compare(bytes, readFileSync(new URL("__fixtures__/ours.safetensors", import.meta.url)))).toBe(0);
});

describe("by hand", () => {
  it("writes an empty file as two braces and six spaces", () => {
    expect([...serialize([])]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, ...Array<number>(6).fill(0x20)]);
    expect(serialize([], [])).toEqual(serialize([]));
  });

  it("puts wide dtypes first, then names by UTF-8, metadata by key", () => {
    const bytes = serialize(
      [
        ["\u{1f600}", view("U8", [1], 1)],
        ["\uff01", view("U8", [1], 1)],
        ["b", view("F32", [1], 4)],
        ["a", view("BOOL", [2], 2)],
        ["c", view("F64", [1], 8)],
      ],
      [
        ["z", "1"],
        ["a", 'say "2"'],
      ],
    );
    expect(header(bytes).trimEnd()).toBe(
      '{"__metadata__":{"a":"say \\"2\\"","z":"1"},' +
        '"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},' +
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},' +
        '"\uff01":{"dtype":"U8","shape":[1],"data_offsets":[12,13]},' +
        '"\u{1f600}":{"dtype":"U8","shape":[1],"data_offsets":[13,14]},' +
        '"a":{"dtype":"BOOL","shape":[2],"data_offsets":[14,16]}}',
    );
    expect(header(bytes).length % 8).not.toBe(0); // characters; the bytes below are what is padded
    expect((bytes.length - 16) % 8).toBe(0);
  });
});

describe("refusals", () => {
  const one = view("U8", [1], 1);
  it.each([
    [
      "E_DUPLICATE_KEY",
      [
        ["a", one],
        ["a", one],
      ],
    ],
    ["E_NAME", [["__metadata__", one]]],
    ["E_NAME", [["\ud800", one]]],
    ["E_SIZE", [["a", view("F32", [2], 7)]]],
    ["E_BITS", [["a", view("F4", [3], 2)]]],
    ["E_OVERFLOW", [["a", view("U8", [2 ** 30, 2 ** 30], 0)]]],
    ["E_TENSOR_INFO", [["a", view("U8", [-1], 1)]]],
    ["E_TENSOR_INFO", [["a", view("U8", [0.5], 1)]]],
    ["E_DTYPE", [["a", view("toString" as Dtype, [1], 1)]]],
  ] as [string, [string, TensorView][]][])("%s %#", (code, tensors) => {
    expect(() => serialize(tensors)).toThrow(expect.objectContaining({ code }));
  });

  it("of a repeated metadata key", () => {
    const metadata: [string, string][] = [
      ["a", "1"],
      ["a", "1"],
    ];
    expect(() => serialize([], metadata)).toThrow(expect.objectContaining({ code: "E_DUPLICATE_KEY" }));
  });

  it("of metadata that no reader would take", () => {
    expect(() => serialize([], [["a", "\ud800"]])).toThrow(expect.objectContaining({ code: "E_METADATA" }));
  });

  it("of a header that no reader would take", () => {
    expect(() => serialize([], [["a", "x".repeat(100_000_000)]])).toThrow(
      expect.objectContaining({ code: "E_HEADER_TOO_LARGE" }),
    );
  });
});

describe("properties", () => {
  const name = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => text !== "__metadata__");
  const tensor = fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(3), { maxLength: 3 }))
    // Four times a size makes sub-byte elements fill whole bytes.
    .map(([dtype, shape]) => {
      const sizes = [...shape, 4];
      return view(dtype, sizes, sizes.reduce((n, size) => n * size, dtypeBits(dtype)) / 8);
    });
  const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 });
  const metadata = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), {
    selector: ([key]) => key,
    maxLength: 4,
  });

  it("deserialize gives back what serialize got, whatever its order", () => {
    fc.assert(
      fc.property(tensors, metadata, (items, notes) => {
        const bytes = serialize(items, notes);
        const back = deserialize(bytes);
        expect(new Map(back.tensors)).toEqual(new Map(items));
        expect(back.metadata).toEqual(new Map(notes));
        expect(serialize([...items].toReversed(), [...notes].toReversed())).toEqual(bytes);
        expect(serialize(back.tensors, back.metadata)).toEqual(bytes);
      }),
    );
  });

  it("every tensor begins at a multiple of its element's size", () => {
    fc.assert(
      fc.property(tensors, (items) => {
        for (const { dtype, bytes } of deserialize(serialize(items)).tensors.values()) {
          expect(bytes.byteOffset % Math.ceil(dtypeBits(dtype) / 8)).toBe(0);
        }
      }),
    );
  });
});
