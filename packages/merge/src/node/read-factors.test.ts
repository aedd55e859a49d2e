import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrix } from "@prefdelta/linalg";
import { openAdapter, saveAdapter, type AdapterFile } from "@prefdelta/lora/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { moduleOf } from "../__fixtures__/make-modules.ts";
import { sideBySide } from "../concatenate-factors.ts";
import { factorReader } from "./read-factors.ts";

const one = moduleOf(matrix(2, 1, [1, 2]), matrix(1, 3, [1, 0, 1]));
const two = moduleOf(matrix(2, 2, [1, 0, 0, 1]), matrix(2, 3, [0, 1, 0, 4, 0, 0]));
const [both, single] = ["layers.0.both", "layers.0.single"];

let folder: string;
const files: AdapterFile[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-factors-"));
  for (const [name, modules, dtype] of [
    ["one", new Map([[both, one]]), "F32"],
    [
      "two",
      new Map([
        [both, two],
        [single, two],
      ]),
      "BF16",
    ],
  ] as const) {
    await saveAdapter(join(folder, name), { modules, baseModel: null, metadata: new Map() }, { dtype });
    files.push(await openAdapter(join(folder, name)));
  }
});
afterAll(async () => {
  for (const file of files) await file.close();
  await rm(folder, { recursive: true });
});

it("reads a module of all that have it, whatever their dtype, with one A below the other", async () => {
  const read = factorReader(files, ["one", "two"]);
  const { factors } = await read(both);
  expect([...factors.keys()]).toEqual([0, 1]);
  expect([...factors.values()].map(({ A, B }) => [[...A], [...B]])).toEqual(
    [one, two].map(({ A, B }) => [[...A], [...B]]),
  );
  expect(sideBySide([...factors.values()]).A.buffer).toBe(factors.get(0)!.A.buffer);
  expect([...(await read(single)).factors]).toMatchObject([[1, { rank: 2 }]]);
});

it("takes a module's memory of B again when it is released, and never before", async () => {
  const read = factorReader(files, ["one", "two"]);
  const first = await read(both);
  const memory = first.factors.get(0)!.B.buffer;
  const second = await read(both);
  expect(second.factors.get(0)!.B.buffer).not.toBe(memory);
  expect([...first.factors.get(1)!.B]).toEqual([...two.B]);
  first.release();
  const third = await read(single);
  expect(third.factors.get(1)!.B.buffer).toBe(memory);
  expect([...third.factors.get(1)!.B]).toEqual([...two.B]);
  expect(third.factors.get(1)!.A.buffer).not.toBe(first.factors.get(0)!.A.buffer);
});
