import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergeAdapters } from "../merge-adapters.ts";
import type { MergeOptions } from "../merge-options.ts";
import { scaleDelta } from "../scale-delta.ts";
import { mergeFolders, mergeFoldersEach } from "./merge-folders.ts";

let folder: string;
let folders: string[];
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merge-folders-each-"));
  folders = [at("a"), at("b")];
  const paths = Array.from({ length: 5 }, (_, i) => `model.layers.${i}.q_proj`);
  for (const [i, path] of folders.entries()) {
    const modules = paths.map((name, layer) => [name, relatedModules(layer)[i]!] as const);
    await saveAdapter(path, adapterOf(Object.fromEntries(modules.slice(i))));
  }
});
afterEach(() => rm(folder, { recursive: true }));

const each: readonly (readonly [MergeOptions, readonly number[]])[] = [
  [{ method: "task_arithmetic", missing: "renormalise" }, [0.5, 1, -2]],
  [{ method: "ties", rank: 3, weights: [1, 3] }, [1]],
  [{ method: "linear" }, [0.3, 3]],
  [{ method: "gam", gate: "none" }, [0]],
];

const nameOf = (place: number, scale: number): string => `out-${place}-x${scale}`;
const plan = (into: string) =>
  each.map(([options, scales], place) => ({
    options,
    files: scales.map((scale) => ({ out: join(into, nameOf(place, scale)), scale, card: { title: "one" } })),
  }));

describe("mergeFoldersEach", () => {
  it.each([
    { threads: 1, dtype: "F32" },
    { threads: 3, dtype: "F32" },
    { threads: 2, dtype: "BF16" },
  ] as const)("gives every folder the bytes that it would have alone: %j", async ({ threads, dtype }) => {
    const reports = await mergeFoldersEach(folders, plan(at("all")), { threads, dtype, diagnose: true });
    const adapters = await Promise.all(folders.map((path) => loadAdapter(path)));
    const card = { title: "one" };
    for (const [place, [options, scales]] of each.entries()) {
      const whole = mergeAdapters(adapters, options, { names: folders, diagnose: place === 0 });
      expect(reports[place]).toEqual(whole.report);
      for (const scale of scales) {
        await saveAdapter(at("sweep"), scaleDelta(whole.adapter, scale), { dtype, card });
        await mergeFolders(folders, { ...options, scale }, { out: at("alone"), dtype, card, threads: 1 });
        for (const name of await readdir(at("alone"))) {
          const found = await readFile(join(at("all"), nameOf(place, scale), name));
          expect(found, name).toEqual(await readFile(join(at("alone"), name)));
          expect(found, name).toEqual(await readFile(join(at("sweep"), name)));
        }
      }
    }
    expect(await readdir(at("all"))).toHaveLength(7);
  });

  it("stops all where one cannot be written, says why, and leaves no part of any", async () => {
    await writeFile(at("taken"), "a file");
    const merges = [
      ...plan(folder),
      { options: { method: "core" } as const, files: [{ out: join(at("taken"), "x") }] },
    ];
    await expect(mergeFoldersEach(folders, merges)).rejects.toMatchObject({ code: "E_FOLDER" });
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "taken"]);
  });

  it("stops all where one cannot be merged", async () => {
    const merges = [...plan(folder), { options: { method: "slerp", t: 7 } as never, files: [{ out: at("x") }] }];
    await expect(mergeFoldersEach(folders, merges)).rejects.toMatchObject({ code: "E_OPTIONS" });
    const { modules, ...adapter } = await loadAdapter(at("b"));
    const wider = new Map([...modules].map(([path]) => [path, relatedModules(path, { ranks: [4] })[0]!]));
    await saveAdapter(at("b"), { ...adapter, modules: wider });
    const refused = { options: { method: "ties", peftCompat: true } as const, files: [{ out: at("x") }] };
    const given = [...plan(folder), refused];
    await expect(mergeFoldersEach(folders, given)).rejects.toThrow("expected adapters of one rank");
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b"]);
  });
});
