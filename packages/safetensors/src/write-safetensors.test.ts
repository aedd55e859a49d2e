import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromFloat32 } from "./from-float32.ts";
import { serialize } from "./serialize.ts";
import type { StreamedTensor } from "./streamed-tensor.ts";
import type { TensorView } from "./tensor-view.ts";
import { writeSafetensors } from "./write-safetensors.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "write-"));
  path = join(folder, "model.safetensors");
});
afterEach(() => rm(folder, { recursive: true }));

const tensors: [string, TensorView][] = [
  ["narrow", fromFloat32(Float32Array.of(1, 2, 3), { dtype: "F16", shape: [3] })],
  ["wide", fromFloat32(Float32Array.of(4, 5), { dtype: "F32", shape: [2, 1] })],
  ["none", fromFloat32(new Float32Array(), { dtype: "F32", shape: [0] })],
];

describe("writeSafetensors", () => {
  it("writes serialize's bytes and leaves nothing else", async () => {
    await writeSafetensors(path, tensors, [["format", "pt"]]);
    expect(new Uint8Array(await readFile(path))).toEqual(serialize(tensors, [["format", "pt"]]));
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  it("gives the same bytes for the same content in another order", async () => {
    const other = join(folder, "other.safetensors");
    await writeSafetensors(path, tensors);
    await writeSafetensors(other, tensors.toReversed());
    expect(Buffer.compare(await readFile(path), await readFile(other))).toBe(0);
  });

  it("replaces the file by another: who has the old one open still reads it whole", async () => {
    await writeFile(path, "old content");
    const reader = await open(path);
    await writeSafetensors(path, tensors);
    expect(await reader.readFile("utf8")).toBe("old content");
    await reader.close();
    expect(new Uint8Array(await readFile(path))).toEqual(serialize(tensors));
  });

  it("removes its temporary file when the rename fails", async () => {
    await mkdir(join(path, "in the way"), { recursive: true });
    await expect(writeSafetensors(path, tensors)).rejects.toMatchObject({ code: "E_WRITE", file: path });
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  it("says which file could not be written", async () => {
    const missing = join(folder, "no", "model.safetensors");
    await expect(writeSafetensors(missing, tensors)).rejects.toMatchObject({
      code: "E_WRITE",
      message: expect.stringContaining(`${missing}: expected to write the file, found ENOENT`) as string,
    });
  });

  it("touches nothing when a tensor is wrong", async () => {
    await writeFile(path, "old content");
    const wrong: [string, TensorView] = ["w", { dtype: "F32", shape: [2], bytes: new Uint8Array(7) }];
    await expect(writeSafetensors(path, [...tensors, wrong])).rejects.toMatchObject({
      code: "E_SIZE",
      message: `${path}: tensor "w": expected 8 bytes (shape [2] × F32), found 7`,
    });
    expect(await readFile(path, "utf8")).toBe("old content");
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  const streamed = (view: TensorView, pieces: readonly (readonly [number, number])[]): StreamedTensor => ({
    dtype: view.dtype,
    shape: view.shape,
    async *chunks() {
      for (const [begin, end] of pieces) yield await Promise.resolve(view.bytes.subarray(begin, end));
    },
  });

  it("writes chunks as it writes whole tensors", async () => {
    const [narrow, wide, none] = tensors.map(([, view]) => view) as [TensorView, TensorView, TensorView];
    await writeSafetensors(path, [
      [
        "narrow",
        streamed(narrow, [
          [0, 1],
          [1, 6],
        ]),
      ],
      ["wide", wide],
      ["none", streamed(none, [])],
    ]);
    expect(new Uint8Array(await readFile(path))).toEqual(serialize(tensors));
  });

  it("refuses chunks that are too short or too long, and passes their own errors on", async () => {
    const [, wide] = tensors[1]!;
    for (const [end, found] of [
      [4, 4],
      [8, 12],
    ] as const) {
      const chunks = streamed(wide, [[0, end], ...(found > 8 ? [[0, 4] as const] : [])]);
      await expect(writeSafetensors(path, [["wide", chunks]])).rejects.toMatchObject({
        code: "E_SIZE",
        message: `${path}: tensor "wide": expected chunks of 8 bytes together, found ${found}`,
      });
    }
    const broken = { ...streamed(wide, []), chunks: () => failing() };
    await expect(writeSafetensors(path, [["wide", broken]])).rejects.toThrow(/^the source is gone$/);
    expect(await readdir(folder)).toEqual([]);
  });
});

// oxlint-disable-next-line require-yield
async function* failing(): AsyncGenerator<Uint8Array> {
  throw await Promise.resolve(new Error("the source is gone"));
}
