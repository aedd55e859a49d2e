import { expect, test } from "vitest";

import { memoryFolder } from "../__fixtures__/memory-folder.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { stageStates } from "./stage-states.ts";

/** States of one stage that has to be done under the key "now". */
async function state(manifest: object, files: Record<string, string> = {}) {
  const parsed = manifestSchema.parse({
    recipe: { name: "r" },
    versions: {},
    planned: { "train/x": "now" },
    stages: {},
    ...manifest,
  });
  const [stage] = await stageStates(parsed, memoryFolder(files));
  return stage;
}

test.each([
  ["waiting", {}, {}],
  ["done", { stages: { "train/x": { key: "now" } } }, {}],
  ["outdated", { stages: { "train/x": { key: "before" } } }, {}],
  ["stopped", {}, { ".work/train/x/now/kept/log": "" }],
  ["stopped", { stages: { "train/x": { key: "before" } } }, { ".work/train/x/now/kept/log": "" }],
  ["waiting", {}, { ".work/train/x/before/kept/log": "" }],
  ["waiting", { failed: { "train/x": { key: "before", message: "m" } } }, {}],
  ["done", { stages: { "train/x": { key: "now" } }, failed: { "train/x": { key: "now", message: "m" } } }, {}],
])("%s: of %j with %j", async (expected, manifest, files) => {
  expect(await state(manifest, files)).toEqual({
    id: "train/x",
    kind: "train",
    name: "x",
    state: expected,
    error: null,
  });
});

test("a failure under the key that is asked for is told with its message, whatever work is left of it", async () => {
  const manifest = { failed: { "train/x": { key: "now", message: "out of memory" } } };
  expect(await state(manifest, { ".work/train/x/now/kept/log": "" })).toMatchObject({
    state: "failed",
    error: "out of memory",
  });
});

test("stages keep the order in which they were planned; records that were not planned are left out", async () => {
  const planned = { "train/x": "1", "generate/x": "2", "eval/x": "3" };
  const manifest = manifestSchema.parse({
    recipe: { name: "r" },
    versions: {},
    planned,
    stages: { "merge/old": { key: "4" } },
  });
  expect((await stageStates(manifest, memoryFolder({}))).map(({ id }) => id)).toEqual(Object.keys(planned));
});
