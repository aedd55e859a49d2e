import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromFloat32 } from "./from-float32.ts";
import { openSafetensors } from "./open-safetensors.ts";
import { serialize } from "./serialize.ts";
import { toFloat32 } from "./to-float32.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = serialize(
  [
    ["b", fromFloat32(Float32Array.of(1, 2, 3, 4), { dtype: "F32", shape: [2, 2] })],
    ["a", fromFloat32(Float32Array.of(-1, 0.5), { dtype: "BF16", shape: [2] })],
    ["none", fromFloat32(new Float32Array(), { dtype: "F32", shape: [0] })],
  ],
  [["format", "pt"]],
);

async function file(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("openSafetensors", () => {
  it("reads the header, then single tensors", async () => {
    const path = await file("model.safetensors", bytes);
    const opened = await openSafetensors(path);
    const start = bytes.length - 20;
    expect(opened.path).toBe(path);
    expect([...opened.entries]).toEqual([
      ["b", { dtype: "F32", shape: [2, 2], begin: start, end: start + 16 }],
      ["none", { dtype: "F32", shape: [0], begin: start + 16, end: start + 16 }],
      ["a", { dtype: "BF16", shape: [2], begin: start + 16, end: start + 20 }],
    ]);
    expect(new Map(opened.metadata)).toEqual(new Map([["format", "pt"]]));
    expect(toFloat32(await opened.read("b"))).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(toFloat32(await opened.read("a"))).toEqual(Float32Array.of(-1, 0.5));
    expect(toFloat32(await opened.read("none"))).toEqual(new Float32Array());
    await opened.close();
  });

  it("gives each read its own memory", async () => {
    const opened = await openSafetensors(await file("own.safetensors", bytes));
    const [first, second] = await Promise.all([opened.read("b"), opened.read("b")]);
    first.bytes.fill(0);
    expect(toFloat32(second)).toEqual(Float32Array.of(1, 2, 3, 4));
    await opened.close();
  });

  it("reads into memory that is given, which must fit", async () => {
    const opened = await openSafetensors(await file("into.safetensors", bytes));
    const memory = new Uint8Array(24);
    const into = memory.subarray(4, 20);
    expect((await opened.read("b", into)).bytes).toBe(into);
    expect([...new Float32Array(memory.buffer)]).toEqual([0, 1, 2, 3, 4, 0]);
    await expect(opened.read("b", memory)).rejects.toMatchObject({ code: "E_SIZE", tensor: "b" });
    await opened.close();
  });

  it("reads a part of a tensor, and nothing outside it", async () => {
    const opened = await openSafetensors(await file("part.safetensors", bytes));
    expect(await opened.readBytes("b", { begin: 4, end: 12 })).toEqual(new Uint8Array(Float32Array.of(2, 3).buffer));
    expect(await opened.readBytes("b", { begin: 16, end: 16 })).toEqual(new Uint8Array());
    for (const range of [
      { begin: -4, end: 4 },
      { begin: 0, end: 17 },
      { begin: 8, end: 4 },
      { begin: NaN, end: 4 },
    ]) {
      await expect(opened.readBytes("b", range)).rejects.toMatchObject({ code: "E_RANGE", tensor: "b" });
    }
    await opened.close();
    await expect(opened.readBytes("b", { begin: 0, end: 4 })).rejects.toMatchObject({ code: "E_CLOSED" });
  });

  it("reads kilobytes of a file of 16 GB: its header, and the tensor that is asked for", async ({ skip }) => {
    if (!existsSync("/proc/self/io")) skip("the system does not count the bytes that a process reads");
    const path = join(folder, "large.safetensors");
    const offset = 16 * 2 ** 30;
    const header = JSON.stringify({
      large: { dtype: "F32", shape: [2 ** 16, 2 ** 16], data_offsets: [0, offset] },
      tail: { dtype: "BF16", shape: [512, 4], data_offsets: [offset, offset + 4096] },
    });
    const start = 8 + header.length;
    const handle = await open(path, "w");
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    await handle.write(Buffer.concat([length, Buffer.from(header)]), 0, start, 0);
    // What lies between is a hole: the disk holds a few blocks.
    await handle.write(new Uint8Array(4096).fill(7), 0, 4096, start + offset);
    await handle.close();
    const script = `
      import { readFileSync } from "node:fs";
      import { openSafetensors } from ${JSON.stringify(new URL("open-safetensors.ts", import.meta.url).href)};
      const bytesRead = () => Number(/rchar: (\\d+)/.exec(readFileSync("/proc/self/io", "utf8"))[1]);
      bytesRead();
      const before = bytesRead();
      const file = await openSafetensors(${JSON.stringify(path)});
      const { bytes } = await file.read("tail");
      console.log(JSON.stringify({ read: bytesRead() - before, length: bytes.length, last: bytes.at(-1) }));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
    });
    const { read, ...tensor } = JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, number>;
    expect(tensor).toEqual({ length: 4096, last: 7 });
    expect(read).toBeGreaterThanOrEqual(start + 4096);
    // What counting itself reads is in it, too.
    expect(read).toBeLessThan(8 * 1024);
  });

  it("refuses a truncated file with its path and both sizes", async () => {
    const path = await file("cut.safetensors", bytes.subarray(0, -1));
    const header = bytes.length - 28;
    await expect(openSafetensors(path)).rejects.toMatchObject({
      code: "E_TRUNCATED",
      file: path,
      message: `${path}: expected ${bytes.length} bytes (8 + a header of ${header} + 20 of data), found ${bytes.length - 1}`,
    });
  });

  it.each([
    ["empty", new Uint8Array(), "E_HEADER_TOO_SMALL"],
    ["cut in the header", bytes.subarray(0, 40), "E_HEADER_LENGTH"],
    ["trailing bytes", Uint8Array.from([...bytes, 0]), "E_TRAILING_BYTES"],
    ["a length of 2^64 - 1", new Uint8Array(16).fill(255), "E_HEADER_TOO_LARGE"],
    ["text", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), "E_HEADER_TOO_LARGE"],
  ])("refuses a file that is %s", async (name, content, code) => {
    const path = await file(`${name}.safetensors`, content);
    await expect(openSafetensors(path)).rejects.toMatchObject({ code, file: path });
  });

  it("names a missing file, and a folder in a file's place", async () => {
    const path = join(folder, "missing.safetensors");
    await expect(openSafetensors(path)).rejects.toMatchObject({
      code: "E_FILE",
      message: `${path}: expected a readable file, found none`,
    });
    await expect(openSafetensors(folder)).rejects.toMatchObject({ code: "E_FILE", file: folder });
  });

  it("refuses an unknown tensor, and any read after close", async () => {
    const opened = await openSafetensors(await file("closed.safetensors", bytes));
    await expect(opened.read("toString")).rejects.toMatchObject({ code: "E_TENSOR_NOT_FOUND", tensor: "toString" });
    await opened.close();
    await expect(opened.read("b")).rejects.toMatchObject({ code: "E_CLOSED", tensor: "b" });
  });

  it("notices a file that shrinks while it is open", async () => {
    const path = await file("shrinks.safetensors", bytes);
    const opened = await openSafetensors(path);
    await truncate(path, bytes.length - 4);
    await expect(opened.read("a")).rejects.toMatchObject({ code: "E_TRUNCATED", file: path, tensor: "a" });
    expect(toFloat32(await opened.read("b"))).toEqual(Float32Array.of(1, 2, 3, 4));
    await opened.close();
  });
});
