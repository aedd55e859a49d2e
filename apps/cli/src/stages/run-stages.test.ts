import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { emptyManifest, readManifest } from "./manifest.ts";
import { planStages } from "./plan-stages.ts";
import { interrupted } from "./interrupted.ts";
import { runStages } from "./run-stages.ts";
import type { Stage } from "./stage.ts";

let folder: string;
let said: string[];
let ran: string[];
const reporter = { line: (text: string) => said.push(text), progress: () => ({ update: () => {}, stop: () => {} }) };
const versions = { "@prefdelta/cli": "1.0.0" };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-stages-"));
  said = [];
  ran = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** Two sources and a stage that joins them, each writing what it was given. */
function stages(overrides: Record<string, Partial<Stage>> = {}): Stage[] {
  const make = (id: string, needs: string[], inputs: string): Stage => ({
    id,
    needs,
    inputs,
    async run({ output, folderOf }) {
      ran.push(id);
      const upstream = await Promise.all(needs.map((need) => readFile(join(folderOf(need), "out.txt"), "utf8")));
      await writeFile(join(output, "out.txt"), [...upstream, inputs].join("+"));
      return `wrote ${inputs}`;
    },
    ...overrides[id],
  });
  return [
    make("generate/a", [], "a"),
    make("generate/b", [], "b"),
    make("merge/ab", ["generate/a", "generate/b"], "m"),
  ];
}

async function run(list: Stage[], options: { only?: string; signal?: AbortSignal; versions?: typeof versions } = {}) {
  const manifest = await readManifest(folder);
  const planned = await planStages(list, { folder, manifest, versions: options.versions ?? versions });
  const signal = options.signal ?? new AbortController().signal;
  await runStages(planned, { folder, manifest, reporter, signal, only: options.only });
  return planned.map(({ state }) => state);
}

test("stages run in order, read what they need, and leave only their folders", async () => {
  expect(await run(stages())).toEqual(["new", "new", "new"]);
  expect(await readFile(join(folder, "merge/ab/out.txt"), "utf8")).toBe("a+b+m");
  expect((await readdir(folder)).toSorted()).toEqual([".work", "generate", "manifest.json", "merge"]);
  expect(await readdir(join(folder, ".work"), { recursive: true })).toEqual(["generate", "merge"]);
  const { stages: records } = await readManifest(folder);
  expect(records["merge/ab"]?.outputs["out.txt"]).toMatch(/^[0-9a-f]{64}$/);
  expect(said[1]).toMatch(/^generate\/a: wrote a \(\d+\.\d s\)$/);
});

test("what is done is not done again, and said so", async () => {
  await run(stages());
  ran = [];
  said = [];
  expect(await run(stages())).toEqual(["done", "done", "done"]);
  expect(ran).toEqual([]);
  expect(said).toEqual(["generate/a: already done", "generate/b: already done", "merge/ab: already done"]);
});

test("a changed input redoes the stage and all that follow from it, and nothing else", async () => {
  await run(stages());
  ran = [];
  const changed = stages({ "generate/b": { inputs: "B" } });
  expect(await run(changed)).toEqual(["done", "changed", "changed"]);
  expect(ran).toEqual(["generate/b", "merge/ab"]);
});

test("another version of the packages redoes everything", async () => {
  await run(stages());
  expect(await run(stages(), { versions: { "@prefdelta/cli": "1.0.1" } })).toEqual(["changed", "changed", "changed"]);
});

test("files that were altered, removed or added make the stage run again", async () => {
  await run(stages());
  await appendFile(join(folder, "generate/a/out.txt"), "!");
  await rm(join(folder, "generate/b"), { recursive: true });
  await writeFile(join(folder, "merge/ab/extra.txt"), "");
  expect(await run(stages())).toEqual(["damaged", "damaged", "damaged"]);
  expect(await readdir(join(folder, "merge/ab"))).toEqual(["out.txt"]);
});

test("a stage that fails leaves no folder under its name, keeps its work, and is resumed with it", async () => {
  const failing = stages({
    "generate/b": {
      async run({ output, work }) {
        await appendFile(join(work, "log"), "x");
        await writeFile(join(output, "out.txt"), "half");
        if ((await readFile(join(work, "log"), "utf8")).length < 2) throw new Error("power cut");
        return `after ${(await readFile(join(work, "log"), "utf8")).length} tries, ${(await readdir(output)).length} file`;
      },
    },
  });
  await expect(run(failing)).rejects.toThrow("power cut");
  expect(await readdir(join(folder, "generate"))).toEqual(["a"]);
  expect(await run(failing)).toEqual(["done", "new", "new"]);
  expect(said.find((line) => line.startsWith("generate/b: "))).toContain("after 2 tries, 1 file");
});

test("the manifest says what was planned, and what failed until it is begun again", async () => {
  let fails = true;
  const failing = stages({
    "generate/b": {
      async run({ output }) {
        if (fails) throw new Error("power cut");
        await writeFile(join(output, "out.txt"), "b");
        return "wrote b";
      },
    },
  });
  await expect(run(failing)).rejects.toThrow("power cut");
  const manifest = await readManifest(folder);
  expect(Object.keys(manifest.planned)).toEqual(["generate/a", "generate/b", "merge/ab"]);
  expect(manifest.planned["generate/a"]).toBe(manifest.stages["generate/a"]!.key);
  expect(manifest.failed).toEqual({ "generate/b": { key: manifest.planned["generate/b"], message: "power cut" } });

  // Another stage's run leaves it; its own takes it back.
  await run(failing, { only: "generate/a" });
  expect((await readManifest(folder)).failed).toHaveProperty(["generate/b"]);
  fails = false;
  await run(failing, { only: "generate/b" });
  expect((await readManifest(folder)).failed).toEqual({});
});

test("where the failure cannot be noted down, it is told all the same", async () => {
  const failing = stages({
    "generate/a": {
      async run() {
        // A folder under the name of the file: nothing can be renamed to it.
        await rm(join(folder, "manifest.json"));
        await mkdir(join(folder, "manifest.json/in the way"), { recursive: true });
        throw new Error("power cut");
      },
    },
  });
  await expect(run(failing)).rejects.toThrow("power cut");
});

test("a manifest of before there were plans is read as one without", async () => {
  await run(stages());
  const { recipe, versions, stages: records } = await readManifest(folder);
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ recipe: recipe ?? null, versions, stages: records }));
  expect(await readManifest(folder)).toMatchObject({ planned: {}, failed: {}, table: {} });
  expect(await run(stages())).toEqual(["done", "done", "done"]);
});

test("Ctrl-C stops between stages; the rest is done by the next run", async () => {
  const controller = new AbortController();
  const stopping = stages({
    "generate/a": {
      async run() {
        controller.abort();
        return "asked to stop";
      },
    },
  });
  await expect(run(stopping, { signal: controller.signal })).rejects.toMatchObject({
    code: "E_INTERRUPTED",
    exitCode: 130,
    message: interrupted("generate/b").message,
  });
  expect(await readdir(join(folder, "generate"))).toEqual(["a"]);
  expect((await readManifest(folder)).failed).toEqual({});
});

test("--only runs one stage or one kind, and refuses what lacks its needs", async () => {
  await expect(run(stages(), { only: "merge" })).rejects.toMatchObject({
    code: "E_UPSTREAM",
    message: expect.stringContaining("merge/ab: needs generate/a, generate/b"),
  });
  await run(stages(), { only: "generate/a" });
  expect(ran).toEqual(["generate/a"]);
  await run(stages(), { only: "generate" });
  expect(ran).toEqual(["generate/a", "generate/b"]);
  expect(await run(stages(), { only: "merge" })).toEqual(["done", "done", "new"]);
});

test("a manifest from elsewhere is refused, not overwritten", async () => {
  expect(await readManifest(folder)).toEqual(emptyManifest);
  await writeFile(join(folder, "manifest.json"), '{"name": "something else"}');
  await expect(run(stages())).rejects.toMatchObject({ code: "E_INPUT" });
});
