import { describe, expect, it } from "vitest";
import { encodeGguf } from "./encode-gguf.ts";
import type { GgufFile } from "./encode-gguf.ts";

const bytesOf = (file: GgufFile): number[] => [...Buffer.concat([...encodeGguf(file)])];
const text = (value: string): number[] => [...Buffer.from(value)];
const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const u64 = (value: number): number[] => [...u32(value), ...u32(0)];
const string = (value: string): number[] => [...u64(text(value).length), ...text(value)];
const zeros = (count: number): number[] => Array<number>(count).fill(0);

describe("encodeGguf, by hand", () => {
  it("writes an empty file as magic, version and two counts", () => {
    const head = [...text("GGUF"), ...u32(3), ...u64(0), ...u64(0)];
    expect(bytesOf({ metadata: [], tensors: [] })).toEqual([...head, ...zeros(8)]);
  });

  it("writes every type of value with its number", () => {
    const file = bytesOf({
      metadata: [
        ["s", { string: "é" }],
        ["u", { u32: 7 }],
        ["f", { f32: 1 }],
        ["l", { strings: ["a", ""] }],
        ["i", { i32s: [-1, 2] }],
      ],
      tensors: [],
    });
    const expected = [
      ...[...text("GGUF"), ...u32(3), ...u64(0), ...u64(5)],
      ...[...string("s"), ...u32(8), ...string("é")],
      ...[...string("u"), ...u32(4), ...u32(7)],
      ...[...string("f"), ...u32(6), 0, 0, 0x80, 0x3f],
      ...[...string("l"), ...u32(9), ...u32(8), ...u64(2), ...string("a"), ...string("")],
      ...[...string("i"), ...u32(9), ...u32(5), ...u64(2), ...u32(2 ** 32 - 1), ...u32(2)],
    ];
    expect(file.slice(0, expected.length)).toEqual(expected);
    expect(file.length % 32).toBe(0);
  });

  it("turns shapes round, and begins each tensor at a multiple of 32", () => {
    const [a, b] = [Uint8Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(7, 8, 9, 10)];
    const file = bytesOf({
      metadata: [],
      tensors: [
        { name: "a", shape: [1, 3], dtype: "BF16", bytes: () => a },
        { name: "b", shape: [1], dtype: "F32", bytes: () => b },
      ],
    });
    const head = [
      ...[...text("GGUF"), ...u32(3), ...u64(2), ...u64(0)],
      ...[...string("a"), ...u32(2), ...u64(3), ...u64(1), ...u32(30), ...u64(0)],
      ...[...string("b"), ...u32(1), ...u64(1), ...u32(0), ...u64(32)],
    ];
    const data = Math.ceil(head.length / 32) * 32;
    expect(file).toEqual([...head, ...zeros(data - head.length), ...a, ...zeros(26), ...b, ...zeros(28)]);
  });
});
