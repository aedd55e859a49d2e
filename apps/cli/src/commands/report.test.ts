import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { writeTinyRecipe } from "../__fixtures__/tiny-recipe.ts";
import { hashFolder } from "../stages/plan-stages.ts";

let folder: string;
let recipe: string;
/** A finished run. */
let whole: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda report "));
  recipe = await writeTinyRecipe(folder);
  whole = join(folder, "whole");
  expect(await runPda("run", recipe, "--out", whole, "--quiet")).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

const page = (out: string): Promise<string> => readFile(join(out, "report.html"), "utf8");
const copyOf = async (name: string): Promise<string> => {
  await cp(whole, join(folder, name), { recursive: true });
  return join(folder, name);
};
/** What the page says of how far the run is. */
const progress = async (out: string): Promise<string> =>
  /<p class="progress.*?<\/p>/s
    .exec(await page(out))![0]
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();

test("a run ends with its page; the command writes the same bytes, and says where", async () => {
  const written = await page(whole);
  expect(written).toContain("<h1>tiny</h1>");
  expect(await progress(whole)).toBe("All 17 stages are done.");
  for (const name of ["tiny-qwen3-T1", "joint", "sft", "gam"])
    expect(written).toContain(`<th scope="row">${name}</th>`);
  expect(written).not.toMatch(/NaN|undefined|\[object/);

  const before = await hashFolder(whole);
  const path = join(whole, "report.html");
  expect(await runPda("report", whole)).toEqual({ code: 0, stdout: `17 of 17 stages done\n→ ${path}\n`, stderr: "" });
  expect(await hashFolder(whole)).toEqual(before);

  await rm(path);
  const { stdout } = await runPda("report", whole, "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    report: path,
    stages: { 0: { stage: "generate/a", state: "done", error: null } },
  });
  expect(await page(whole)).toBe(written);
});

test("a page is written again when what it tells of has changed", async () => {
  const out = await copyOf("changed");
  const change = ["--set", "controls.sft.train.max_steps=9", "--only", "train/sft"];
  expect(await runPda("run", recipe, "--out", out, "--quiet", ...change)).toMatchObject({ code: 0 });
  expect(await progress(out)).toContain("16 of 17 stages done, 1 of an earlier recipe or input.");
  const written = await page(out);
  expect(written).toContain("<strong>9 steps</strong>");
  // The table is of the training before.
  expect(written).toContain("table.json rests on other evaluations");
});

test("a run that fails leaves a page that says where and why; the next one takes it back", async () => {
  const out = join(folder, "failed");
  // Both sides of a pair are then the same text, and there is nothing to train on.
  const change = ["--set", "pairs.a.rejected.temperature=0"];
  const { code } = await runPda("run", recipe, "--out", out, "--quiet", ...change);
  expect(code).toBe(1);
  expect(await progress(out)).toContain("This run is not finished: 2 of 17 stages done, 1 failed, 14 not run yet.");
  expect(await page(out)).toMatch(/✗ failed: <code>[^<]*pairs/);
  expect(await runPda("run", recipe, "--out", out, "--quiet")).toMatchObject({ code: 0 });
  expect(await page(out)).toBe(await page(whole));
});

test("--only report writes the page alone", async () => {
  const out = await copyOf("only");
  await rm(join(out, "report.html"));
  expect(await runPda("run", recipe, "--out", out, "--only", "report", "--quiet")).toMatchObject({
    code: 0,
    stdout: `17 of 17 stages done\n→ ${join(out, "report.html")}\n`,
  });
  expect(await page(out)).toBe(await page(whole));
});

test("what is no run folder, and every malformed file at once, are told; an old page stays", async () => {
  expect(await runPda("report", folder)).toEqual({
    ...{ code: 1, stdout: "" },
    stderr: `pda: ${folder}: expected a folder that \`pda run\` has written, got one without manifest.json [E_RUN_FOLDER]\n`,
  });
  const out = await copyOf("malformed");
  const before = await page(out);
  await writeFile(join(out, "merge/gam/report.json"), "{}");
  await writeFile(join(out, "train/a/training.json"), '{"steps": "6"}');
  const { code, stderr } = await runPda("report", out);
  expect(code).toBe(1);
  expect(stderr).toContain(`${join(out, "train/a/training.json")}: steps — expected number, got "6"`);
  expect(stderr).toContain(`${join(out, "merge/gam/report.json")}: method — expected string, got nothing`);
  expect(stderr).toContain("[E_RUN_FILE]");
  expect(await page(out)).toBe(before);
});
