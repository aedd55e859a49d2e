import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deserialize } from "./deserialize.ts";
import { openBlob } from "./open-blob.ts";

/** Written by the Python package; made by tooling/peers/safetensors_golden.py. */
const golden = readFileSync(new URL("__fixtures__/golden.safetensors", import.meta.url));

describe("openBlob", () => {
  it("reads what deserialize reads", async () => {
    const file = await openBlob(new Blob([golden]));
    const whole = deserialize(golden);
    expect(new Map(file.metadata)).toEqual(whole.metadata);
    expect([...file.entries.keys()]).toEqual([...whole.tensors.keys()]);
    for (const [name, view] of whole.tensors) {
      const read = await file.read(name);
      expect({ ...read, bytes: [...read.bytes] }).toEqual({ ...view, bytes: [...view.bytes] });
    }
  });

  it("reads into memory that is given", async () => {
    const file = await openBlob(new Blob([golden]));
    const { begin, end } = file.entries.get("matrix")!;
    const into = new Uint8Array(end - begin);
    expect((await file.read("matrix", into)).bytes).toBe(into);
    expect([...into]).toEqual([...deserialize(golden).tensors.get("matrix")!.bytes]);
  });

  it("takes only the header and the tensor asked for", async () => {
    const blob = new Blob([golden]);
    const taken: number[] = [];
    const slice = (begin: number, end: number): Blob => {
      taken.push(end - begin);
      return blob.slice(begin, end);
    };
    const file = await openBlob({ size: blob.size, slice });
    const { begin, end } = file.entries.get("matrix")!;
    await file.read("matrix");
    const dataStart = Math.min(...[...file.entries.values()].map((entry) => entry.begin));
    expect(taken).toEqual([8, dataStart - 8, end - begin]);
  });

  it("refuses a damaged one by the name it was given", async () => {
    await expect(openBlob(new Blob([golden.subarray(0, -1)]), "dropped.safetensors")).rejects.toMatchObject({
      code: "E_TRUNCATED",
      file: "dropped.safetensors",
    });
    await expect(openBlob(new Blob([]))).rejects.toMatchObject({ code: "E_HEADER_TOO_SMALL", file: "blob" });
  });
});
