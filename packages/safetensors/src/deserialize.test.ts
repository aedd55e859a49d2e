import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deserialize } from "./deserialize.ts";
import { SafetensorsError } from "./errors.ts";
import { serialize } from "./serialize.ts";

/** Whole files with the Rust crate's verdict on each; made by tooling/peers/safetensors_golden.py. */
interface Verdict {
  readonly name: string;
  readonly accepted: boolean;
  readonly message: string | null;
  readonly base64: string;
}
const verdicts = JSON.parse(
  readFileSync(new URL("__fixtures__/verdicts.json", import.meta.url), "utf8"),
) as readonly Verdict[];

const refused = new Map(
  Object.entries({
    "no bytes": "E_HEADER_TOO_SMALL",
    "seven bytes": "E_HEADER_TOO_SMALL",
    "length 0": "E_HEADER_START",
    "length at the cap, past the end": "E_HEADER_LENGTH",
    "length above the cap": "E_HEADER_TOO_LARGE",
    "length 2^64 - 1": "E_HEADER_TOO_LARGE",
    "length past the end by one": "E_HEADER_LENGTH",
    "length cuts the header": "E_HEADER_JSON",
    "byte-order mark": "E_HEADER_START",
    array: "E_HEADER_START",
    string: "E_HEADER_START",
    "invalid UTF-8": "E_HEADER_UTF8",
    "overlong UTF-8": "E_HEADER_UTF8",
    "trailing NUL": "E_HEADER_JSON",
    "trailing brace": "E_HEADER_JSON",
    "trailing comma": "E_HEADER_JSON",
    "single quotes": "E_HEADER_JSON",
    comment: "E_HEADER_JSON",
    "control character in a name": "E_HEADER_JSON",
    "lone surrogate": "E_HEADER_JSON",
    "unknown escape": "E_HEADER_JSON",
    "deep nesting": "E_HEADER_JSON",
    "duplicate field": "E_DUPLICATE_KEY",
    "duplicate metadata": "E_DUPLICATE_KEY",
    "metadata list": "E_METADATA",
    "metadata number": "E_METADATA",
    "metadata null value": "E_METADATA",
    "metadata nested": "E_METADATA",
    "description null": "E_TENSOR_INFO",
    "description number": "E_TENSOR_INFO",
    "no dtype": "E_TENSOR_INFO",
    "no shape": "E_TENSOR_INFO",
    "no offsets": "E_TENSOR_INFO",
    "unknown dtype": "E_DTYPE",
    "lower-case dtype": "E_DTYPE",
    "dtype toString": "E_DTYPE",
    "shape number": "E_TENSOR_INFO",
    "shape null": "E_TENSOR_INFO",
    "shape string": "E_TENSOR_INFO",
    "shape 1.0": "E_TENSOR_INFO",
    "shape 1e0": "E_TENSOR_INFO",
    "shape -1": "E_TENSOR_INFO",
    "shape -0": "E_TENSOR_INFO",
    "shape 01": "E_HEADER_JSON",
    "one offset": "E_TENSOR_INFO",
    "three offsets": "E_TENSOR_INFO",
    "offset 1.0": "E_TENSOR_INFO",
    "offset 2^64": "E_OVERFLOW",
    "offset 2^53": "E_OVERFLOW",
    "reversed offsets": "E_OFFSETS",
    "hole first": "E_HOLE",
    "hole between": "E_HOLE",
    overlap: "E_OVERLAP",
    "same bytes twice": "E_OVERLAP",
    "empty tensor inside another": "E_OVERLAP",
    "truncated by one": "E_TRUNCATED",
    "no data": "E_TRUNCATED",
    "trailing byte": "E_TRAILING_BYTES",
    "trailing bytes, no tensor": "E_TRAILING_BYTES",
    "too few bytes for the shape": "E_SIZE",
    "too many bytes for the shape": "E_SIZE",
    "wrong dtype for the bytes": "E_SIZE",
    "overflow by one size": "E_OVERFLOW",
    "overflow by product": "E_OVERFLOW",
    "overflow hidden behind a zero": "E_OVERFLOW",
    "product 2^53 + 1": "E_OVERFLOW",
    "F4, half a byte over": "E_BITS",
    "F6, bits over": "E_BITS",
  }),
);

/** What the crate lets pass and the specification forbids. */
const stricter = new Map(
  Object.entries({
    "leading space": "E_HEADER_START",
    "duplicate tensor": "E_DUPLICATE_KEY",
    "duplicate tensor, one escaped": "E_DUPLICATE_KEY",
    "duplicate metadata key": "E_DUPLICATE_KEY",
    "description list": "E_TENSOR_INFO",
  }),
);

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    deserialize(bytes);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return (error as SafetensorsError).code;
  }
}

/** A file whose header is `json` as it stands. */
function fileOf(json: string, data: string): Uint8Array {
  const header = new TextEncoder().encode(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return Uint8Array.from([...length, ...header, ...new TextEncoder().encode(data)]);
}

function messageOf(json: string, data: string): string {
  try {
    deserialize(fileOf(json, data));
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

describe("the Rust crate's verdicts", () => {
  it.each(verdicts)("$name", ({ name, accepted, base64 }) => {
    const expected = accepted ? stricter.get(name) : refused.get(name);
    if (!accepted) expect(expected, "every refusal has a code here").toBeDefined();
    expect(codeOf(Buffer.from(base64, "base64"))).toBe(expected);
  });

  it("covers every listed case", () => {
    const names = new Set(verdicts.map(({ name }) => name));
    expect([...refused.keys(), ...stricter.keys()].filter((name) => !names.has(name))).toEqual([]);
  });
});

describe("messages", () => {
  it("of a truncated file say both sizes", () => {
    const json = '{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}';
    expect(messageOf(json, "123456789")).toBe("expected 79 bytes (8 + a header of 55 + 16 of data), found 72");
  });

  it("name the tensor, what was expected and what was found", () => {
    expect(messageOf('{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,23]}}', "")).toBe(
      'tensor "w": expected 24 bytes (shape [2,3] × F32), found 23 (data_offsets [0, 23])',
    );
    expect(
      messageOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        "xx",
      ),
    ).toBe('tensor "b": expected to begin at byte 2 of the data, where "a" ends, found 1');
    expect(messageOf('{"a":{"dtype":"U8","dtype":"U8"}}', "")).toBe('tensor "a": header: duplicate key "dtype"');
    expect(messageOf('{"__metadata__":{"x":[]}}', "")).toBe('__metadata__, key "x": expected a string, found a list');
  });
});

describe("what it returns", () => {
  it("keeps a tensor named __proto__ apart from the prototype", () => {
    const { tensors } = deserialize(fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', "x"));
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(tensors.get("__proto__")?.bytes).toEqual(Uint8Array.of(0x78));
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined();
  });

  it("lists tensors by their place in the file, not in the header", () => {
    const json =
      '{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const { tensors } = deserialize(fileOf(json, "xy"));
    expect([...tensors].map(([name, view]) => [name, ...view.bytes])).toEqual([
      ["a", 0x78],
      ["b", 0x79],
    ]);
  });

  it("reads a file that lies inside a larger buffer, without copying", () => {
    const file = fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', "xy");
    const larger = new Uint8Array(file.length + 6);
    larger.set(file, 3);
    const view = deserialize(larger.subarray(3, 3 + file.length)).tensors.get("a");
    expect(view?.bytes).toEqual(Uint8Array.of(0x78, 0x79));
    expect(view?.bytes.buffer).toBe(larger.buffer);
  });
});

describe("damage", () => {
  const whole = serialize(
    [
      ["a", { dtype: "F32", shape: [2, 2], bytes: new Uint8Array(16) }],
      ["b", { dtype: "U8", shape: [3], bytes: new Uint8Array(3) }],
    ],
    [["format", "pt"]],
  );

  it("no file cut short at any byte is accepted", () => {
    for (let length = 0; length < whole.length; length++) expect(codeOf(whole.subarray(0, length))).toBeDefined();
  });

  it("a flipped byte is refused by a code or leaves tensors that tile the data", () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(whole);
        bytes[at]! ^= flip;
        if (codeOf(bytes) !== undefined) return;
        const sizes = [...deserialize(bytes).tensors.values()].map((view) => view.bytes.length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(19);
      }),
    );
  });
});
