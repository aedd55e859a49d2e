import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergeAdapters } from "../merge-adapters.ts";
import type { MergeOptions } from "../merge-options.ts";
import { mergeFolders } from "./merge-folders.ts";

let folder: string;
let folders: string[];
const at = (name: string): string => join(folder, name);
const bytes = (name: string): Promise<Buffer> => readFile(join(at(name), "adapter_model.safetensors"));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merge-folders-"));
  folders = [at("a"), at("b"), at("c")];
  const paths = Array.from({ length: 11 }, (_, i) => `model.layers.${i}.q_proj`);
  for (const [i, path] of folders.entries()) {
    const modules = paths.map((name, layer) => [name, relatedModules(layer)[i]!] as const);
    // One adapter lacks a module.
    await saveAdapter(path, adapterOf(Object.fromEntries(modules.slice(i === 1 ? 1 : 0))));
  }
});
afterEach(() => rm(folder, { recursive: true }));

describe("mergeFolders", () => {
  it.each<MergeOptions>([
    { method: "task_arithmetic", scale: 0.5 },
    { method: "task_arithmetic", rank: 2, weightsBy: [{ filter: "", weights: [[0, 1], 1, 2] }] },
    { method: "gam", missing: "renormalise" },
    { method: "knots", rank: 4 },
    { method: "dare_ties", rank: 3 },
    { method: "linear" },
    { method: "ties", peftCompat: true, rank: 2 },
    { method: "fedrot" },
    { method: "lego", clusters: 4 },
  ])("gives the bytes and the report of merging in memory, for any number of threads: %j", async (options) => {
    const adapters = await Promise.all(folders.map((path) => loadAdapter(path)));
    const diagnose = options.method === "gam" || options.method === "dare_ties";
    const whole = mergeAdapters(adapters, options, { names: folders, diagnose });
    expect(whole.report.diagnostics === null).toBe(!diagnose);
    await saveAdapter(at("whole"), whole.adapter);
    for (const threads of options.method === "gam" ? [1, 2, 3] : [1]) {
      const out = at(`threads-${threads}`);
      const report = await mergeFolders(folders, options, { out, threads, diagnose });
      expect(report).toEqual(whole.report);
      for (const name of await readdir(at("whole")))
        expect(await readFile(join(out, name)), name).toEqual(await readFile(join(at("whole"), name)));
    }
  });

  /** The folder of an adapter that all may have begun from, and the seeds that say so. */
  const begin = async (a0_seed: string): Promise<string> => {
    for (const path of folders) {
      const adapter = await loadAdapter(path);
      await saveAdapter(path, { ...adapter, metadata: new Map([["a0_seed", a0_seed]]) });
    }
    const first = await loadAdapter(at("a"));
    const modules = new Map(
      [...first.modules].map(([path, one]) => [path, { ...one, A: one.A.map((value) => value + 1 / 8) }]),
    );
    await saveAdapter(at("initial"), { ...first, modules });
    return at("initial");
  };

  it.each(["seed", "folder"])("takes A₀ from its %s module by module, as in memory", async (from) => {
    const initial = await begin("7");
    const options = { method: "gam", form: "drift", rank: 4 } as const;
    const adapters = await Promise.all(folders.map((path) => loadAdapter(path)));
    const given = from === "seed" ? undefined : initial;
    const inputs = given === undefined ? {} : { initial: await loadAdapter(given) };
    const whole = mergeAdapters(adapters, options, { names: folders, diagnose: true, ...inputs });
    await saveAdapter(at("whole"), whole.adapter);
    for (const threads of [1, 2]) {
      const report = await mergeFolders(folders, options, { out: at("out"), threads, diagnose: true, initial: given });
      expect(report).toEqual(whole.report);
      expect(await bytes("out")).toEqual(await bytes("whole"));
    }
  });

  it("says by name who records no seed, before anything is written", async () => {
    const merged = mergeFolders(folders, { method: "gam", form: "drift" }, { out: at("out") });
    await expect(merged).rejects.toThrow(`${at("a")}: form drift: expected the seed of A₀`);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("refuses NaN by adapter and tensor, from a thread, with nothing under the name", async () => {
    // saveAdapter would not write it: the file's last number is the last tensor's.
    const file = join(at("b"), "adapter_model.safetensors");
    const whole = await readFile(file);
    whole.writeFloatLE(Number.NaN, whole.length - 4);
    await writeFile(file, whole);
    const merged = mergeFolders(folders, { method: "task_arithmetic" }, { out: at("out"), threads: 2 });
    await expect(merged).rejects.toMatchObject({ name: "MergeError", code: "E_NOT_FINITE" });
    await expect(merged).rejects.toThrow(`${at("b")}: model.layers.9.q_proj.lora_B.weight`);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("says which source is truncated, and leaves nothing", async () => {
    const file = join(at("c"), "adapter_model.safetensors");
    await truncate(file, (await bytes("c")).length - 100);
    const merged = mergeFolders(folders, { method: "task_arithmetic" }, { out: at("out") });
    await expect(merged).rejects.toMatchObject({ name: "SafetensorsError", code: "E_TRUNCATED", file });
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("says which source and tensor where one is cut short while it is merged, and leaves nothing", async () => {
    const paths = Array.from({ length: 200 }, (_, i) => `model.layers.${i}.q_proj`);
    const modules = relatedModules("long", { outFeatures: 96, inFeatures: 96, ranks: [3, 3, 3] });
    for (const [i, path] of folders.entries())
      await saveAdapter(path, adapterOf(Object.fromEntries(paths.map((name) => [name, modules[i]!]))));
    const file = join(at("b"), "adapter_model.safetensors");
    const size = (await bytes("b")).length;
    const merged = mergeFolders(folders, { method: "core" }, { out: at("out"), threads: 1 });
    const cut = async (): Promise<void> => {
      // The header was checked before, and the first modules are merged.
      while (!(await readdir(folder)).some((name) => name.startsWith(".out."))) await nextTurn();
      await truncate(file, size / 2);
    };
    const tensor = /^base_model\.model\.model\.layers\.\d+\.q_proj\.lora_[AB]\.weight$/;
    await Promise.all([
      cut(),
      expect(merged).rejects.toMatchObject({
        name: "SafetensorsError",
        code: "E_TRUNCATED",
        file,
        tensor: expect.stringMatching(tensor) as string,
      }),
    ]);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("stops when it is told to, though its threads are at work, and leaves nothing", async () => {
    const paths = Array.from({ length: 40 }, (_, i) => `model.layers.${i}.q_proj`);
    const modules = relatedModules("long", { outFeatures: 400, inFeatures: 400, ranks: [30, 30, 30] });
    for (const [i, path] of folders.entries())
      await saveAdapter(path, adapterOf(Object.fromEntries(paths.map((name) => [name, modules[i]!]))));
    const controller = new AbortController();
    const reason = new Error("enough");
    const settings = { out: at("out"), threads: 2, signal: controller.signal };
    const merged = mergeFolders(folders, { method: "ties" }, settings);
    const stop = async (): Promise<void> => {
      while (!(await readdir(folder)).some((name) => name.startsWith(".out."))) await nextTurn();
      controller.abort(reason);
    };
    await Promise.all([stop(), expect(merged).rejects.toBe(reason)]);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
    await expect(mergeFolders(folders, { method: "ties" }, settings)).rejects.toBe(reason);
  });

  const script = (more: string): string[] => {
    const entry = new URL("../node.ts", import.meta.url).href;
    const job = JSON.stringify([folders, { method: "gam", rank: 2 }, { out: at("out"), threads: 2 }]);
    const code = `import { mergeFolders } from "${entry}"; ${more}
      try { await mergeFolders(...${job}); console.log("done"); }
      catch (error) { console.log(error.code, error.message); }`;
    return ["--conditions=@prefdelta/source", "--no-warnings", "--input-type=module", "--eval", code];
  };
  const cwd = fileURLToPath(new URL("../..", import.meta.url));

  it("leaves nothing under the name when it is killed", async () => {
    const child = spawn(process.execPath, script(`console.log("begun");`), { cwd });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await readdir(folder)).filter((name) => !name.startsWith("."))).not.toContain("out");
  });

  it("says so where the disk takes no more bytes, and leaves nothing", async (context) => {
    // A limit on a file's size stands for a full disk: the write fails in its middle. Node ignores SIGXFSZ.
    const child = spawn("/bin/sh", ["-c", `ulimit -f 4; exec "$0" "$@"`, process.execPath, ...script("")], { cwd });
    const said: string[] = [];
    child.stdout.on("data", (data: Buffer) => said.push(String(data)));
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) context.skip("a limit on file sizes ends the process here");
    expect(said.join("")).toMatch(/^E_WRITE .*expected to write the file, found EFBIG/);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });
});
