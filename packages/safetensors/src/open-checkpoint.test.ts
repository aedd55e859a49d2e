import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromFloat32 } from "./from-float32.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import type { TensorView } from "./tensor-view.ts";
import { toFloat32 } from "./to-float32.ts";
import { writeSafetensors } from "./write-safetensors.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
});
afterEach(() => rm(folder, { recursive: true }));

const tensor = (value: number): TensorView => fromFloat32(Float32Array.of(value), { dtype: "F32", shape: [1] });
const shard = (name: string, values: Record<string, number>): Promise<void> =>
  writeSafetensors(
    join(folder, name),
    Object.entries(values).map(([key, value]) => [key, tensor(value)]),
  );
const writeIndex = (weights: Record<string, string> | string): Promise<void> => {
  const text = typeof weights === "string" ? weights : JSON.stringify({ metadata: {}, weight_map: weights });
  return writeFile(join(folder, "model.safetensors.index.json"), text);
};

describe("one file", () => {
  it("is read as it is", async () => {
    await shard("model.safetensors", { x: 1, y: 2 });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.names).toEqual(["x", "y"]);
    expect(checkpoint.entries.get("y")).toMatchObject({ shape: [1], file: join(folder, "model.safetensors") });
    expect(toFloat32(await checkpoint.read("y"))).toEqual(Float32Array.of(2));
    await expect(checkpoint.read("z")).rejects.toMatchObject({ code: "E_TENSOR_NOT_FOUND", file: folder, tensor: "z" });
    await checkpoint.close();
    await expect(checkpoint.read("x")).rejects.toMatchObject({ code: "E_CLOSED" });
  });

  it("comes before an index", async () => {
    await shard("model.safetensors", { x: 1 });
    await writeIndex({ y: "absent.safetensors" });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.names).toEqual(["x"]);
    await checkpoint.close();
  });
});

describe("shards", () => {
  it("are joined by the index, and offer what it names", async () => {
    await shard("model-1.safetensors", { "a.weight": 1, "not listed": 9 });
    await shard("model-2.safetensors", { "b.weight": 2, "c.weight": 3 });
    await writeIndex({
      "c.weight": "model-2.safetensors",
      "a.weight": "model-1.safetensors",
      "b.weight": "model-2.safetensors",
    });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.names).toEqual(["c.weight", "a.weight", "b.weight"]);
    expect(checkpoint.files.map(({ path }) => path)).toEqual([
      join(folder, "model-2.safetensors"),
      join(folder, "model-1.safetensors"),
    ]);
    const values = await Promise.all(checkpoint.names.map(async (name) => toFloat32(await checkpoint.read(name))[0]));
    expect(values).toEqual([3, 1, 2]);
    await checkpoint.close();
    await expect(checkpoint.read("a.weight")).rejects.toMatchObject({ code: "E_CLOSED" });
  });

  it("may name a tensor __proto__", async () => {
    await shard("s.safetensors", JSON.parse('{"__proto__":4}') as Record<string, number>);
    await writeIndex('{"weight_map":{"__proto__":"s.safetensors"}}');
    const checkpoint = await openCheckpoint(folder);
    expect(toFloat32(await checkpoint.read("__proto__"))).toEqual(Float32Array.of(4));
    await checkpoint.close();
  });

  it("that are missing are all named, with their tensors and the index", async () => {
    await shard("model-1.safetensors", { a: 1 });
    const many = Array.from({ length: 7 }, (_, i) => [`t${i}`, "model-2.safetensors"]);
    await writeIndex({
      a: "model-1.safetensors",
      ...(Object.fromEntries(many) as Record<string, string>),
      z: "model-3.safetensors",
    });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "E_SHARD_MISSING",
      message:
        `${join(folder, "model.safetensors.index.json")}: expected every shard that the index names, for these tensors, not found:` +
        '\n  model-2.safetensors: "t0", "t1", "t2", "t3", "t4" and 2 more' +
        '\n  model-3.safetensors: "z"',
    });
  });

  it("that lack a tensor are all named, with the index", async () => {
    await shard("model-1.safetensors", { a: 1 });
    await shard("model-2.safetensors", { b: 1 });
    await writeIndex({ a: "model-2.safetensors", b: "model-2.safetensors", c: "model-1.safetensors" });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "E_TENSOR_MISSING",
      file: join(folder, "model.safetensors.index.json"),
      message: expect.stringMatching(
        /not found:\n {2}model-2\.safetensors: "a"\n {2}model-1\.safetensors: "c"$/,
      ) as string,
    });
  });

  it("that are broken are named", async () => {
    await shard("model-1.safetensors", { a: 1 });
    await writeFile(join(folder, "model-2.safetensors"), "short");
    await writeIndex({ a: "model-1.safetensors", b: "model-2.safetensors" });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "E_HEADER_TOO_SMALL",
      file: join(folder, "model-2.safetensors"),
    });
  });
});

describe("bad folders", () => {
  it("with neither form", async () => {
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "E_FILE",
      message: `${folder}: expected model.safetensors or model.safetensors.index.json, found neither`,
    });
  });

  it.each([
    ["E_INDEX", "{", /expected a key at character 1, found the end/],
    ["E_INDEX", "[]", /weight_map: expected an object of tensor → file, found nothing/],
    ["E_INDEX", '{"weight_map":[]}', /weight_map: expected an object of tensor → file, found a list/],
    ["E_INDEX", '{"weight_map":{"a":1}}', /tensor "a": expected the name of a file in the same folder, found 1/],
    ["E_INDEX", '{"weight_map":{"a":"../b"}}', /tensor "a": expected the name of a file .* found "\.\.\/b"/],
    ["E_INDEX", '{"weight_map":{"a":".."}}', /found "\.\."/],
    ["E_DUPLICATE_KEY", '{"weight_map":{"a":"x","a":"y"}}', /duplicate key "a"/],
  ])("%s for an index of %s", async (code, text, message) => {
    await writeIndex(text);
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code,
      file: join(folder, "model.safetensors.index.json"),
      message: expect.stringMatching(message) as string,
    });
  });
});
