import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { createRandom } from "@prefdelta/random";
import { afterAll, beforeAll, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyModel, writeTinyRecipe } from "../__fixtures__/tiny-recipe.ts";
import { hashFolder } from "../stages/plan-stages.ts";

let folder: string;
let recipe: string;
/** A run that nothing disturbed: what it left, and how long it took. */
let whole: { folder: string; files: Record<string, string> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda run ")); // with blanks
  recipe = await writeTinyRecipe(folder);
  const out = join(folder, "whole");
  const { code, stderr } = await pda("run", recipe, "--out", out).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  whole = { folder: out, files: await results(out) };
});
afterAll(() => rm(folder, { recursive: true }));

/** The command line as a process of its own, from its sources. */
function pda(...args: string[]) {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@prefdelta/source", main, ...args], { cwd: folder });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

/** Every file of a run by its hash, but for what tells the time or is a cache. */
async function results(out: string): Promise<Record<string, string>> {
  const files = Object.entries(await hashFolder(out));
  return Object.fromEntries(files.filter(([name]) => !/^(\.|manifest\.json$)/.test(name)));
}

test("a run leaves every part of the run folder, and a table of every model", async () => {
  expect((await readdir(whole.folder)).filter((name) => !name.startsWith("."))).toEqual([
    "eval",
    "generate",
    "manifest.json",
    "merge",
    "report.html",
    "table.json",
    "table.md",
    "train",
  ]);
  expect(Object.keys(whole.files)).toEqual(
    expect.arrayContaining([
      "generate/a/pairs.jsonl",
      "generate/a/counts.json",
      "train/a/adapter_model.safetensors",
      "train/a/adapter_config.json",
      "train/a/trainer_log.jsonl",
      "train/a/training.json",
      "train/joint/adapter_model.safetensors",
      "merge/sum/adapter_model.safetensors",
      "merge/sum/report.json",
      "eval/sum/results.json",
      "eval/sum/samples_a.jsonl",
    ]),
  );
  const table = JSON.parse(await readFile(join(whole.folder, "table.json"), "utf8")) as {
    rows: { model: string; kind: string; paired: object }[];
  };
  expect(table.rows.map(({ model, kind }) => `${kind} ${model}`)).toEqual([
    "base base",
    "weak tiny-qwen3",
    "weak tiny-qwen3-T1",
    "single a",
    "single b",
    "merge sum",
    "merge gam",
    "control joint",
    "control sft",
  ]);
  expect(Object.keys(table.rows[5]!.paired)).toEqual(["base", "best_single", "joint"]);
  const report = JSON.parse(await readFile(join(whole.folder, "merge/sum/report.json"), "utf8")) as {
    search: { scale: number; inside: boolean; trials: { scale: number }[] };
  };
  expect(report.search).toMatchObject({ scale: 0.5, inside: false, trials: [{ scale: 0.5 }, { scale: 1 }] });
});

test("adapters name the base as the recipe does, and the seed of their A₀", async () => {
  const config = JSON.parse(await readFile(join(whole.folder, "train/a/adapter_config.json"), "utf8")) as object;
  expect(config).toMatchObject({ base_model_name_or_path: tinyModel, r: 2, lora_alpha: 2 });
  const card = await readFile(join(whole.folder, "train/a/README.md"), "utf8");
  expect(card).toContain("| a0_seed | 3 |");
});

// Eight runs, one after the other.
test("killed again and again, at any moment, the run ends with the same bytes", { timeout: 180_000 }, async () => {
  const out = join(folder, "killed");
  const random = createRandom("kills");
  const stages = ["generate/a", "generate/b", "train/a", "train/b", "train/joint", "merge/sum", "eval/base"];
  for (const stage of stages) {
    const { child, ended } = pda("run", recipe, "--out", out);
    // Somewhere in the stage, soon after it, or where it is said to be done.
    child.stderr.on("data", (chunk: Buffer) => {
      if (chunk.includes(stage)) void setTimeout(150 * random.next()).then(() => child.kill("SIGKILL"));
    });
    expect((await ended).code, stage).toBeNull();
  }
  expect((await runPda("run", recipe, "--out", out)).code).toBe(0);
  expect(await results(out)).toEqual(whole.files);
});

test("Ctrl-C saves, says how to go on, and ends with 130; the next run ends with the same bytes", async () => {
  const out = join(folder, "interrupted");
  const { child, ended } = pda("run", recipe, "--out", out);
  child.stderr.on("data", (chunk: Buffer) => {
    if (chunk.includes("train/b …")) child.kill("SIGINT");
  });
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toContain("stopping at the next safe point");
  expect(stderr).toMatch(/pda: stopped in \S+; the same command continues from there \[E_INTERRUPTED\]/);
  const { code: second } = await runPda("run", recipe, "--out", out);
  expect(second).toBe(0);
  expect(await results(out)).toEqual(whole.files);
});

test("a second time nothing is done; --json prints the table alone", async () => {
  const before = await hashFolder(whole.folder);
  const { code, stdout, stderr } = await runPda("run", recipe, "--out", whole.folder, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(join(whole.folder, "table.json"), "utf8")));
  expect(stderr.match(/: already done/g)).toHaveLength(17);
  expect(await hashFolder(whole.folder)).toEqual(before);
});

test("--dry-run says what a change would redo, and touches nothing", async () => {
  const before = await hashFolder(whole.folder);
  const change = ["--set", "controls.sft.train.max_steps=9"];
  const { code, stdout } = await runPda("run", recipe, "--out", whole.folder, "--dry-run", "--json", ...change);
  expect(code).toBe(0);
  const { stages } = JSON.parse(stdout) as { stages: { stage: string; state: string }[] };
  expect(stages.filter(({ state }) => state !== "done")).toMatchObject([
    { stage: "train/sft", state: "changed" },
    { stage: "eval/sft", state: "changed" },
  ]);
  expect(await hashFolder(whole.folder)).toEqual(before);
  const fresh = await runPda("run", recipe, "--out", join(folder, "never"), "--dry-run", "--only", "train");
  expect(fresh.stdout).toMatch(/^train\/a +new +[0-9a-f]{12}$/m);
  expect(await readdir(folder)).not.toContain("never");
});

test("--only runs one kind; a stage whose needs are not there is refused", async () => {
  const out = join(folder, "only");
  expect(await runPda("run", recipe, "--out", out, "--only", "train", "--quiet")).toMatchObject({
    code: 1,
    stderr: "pda: train/a: needs generate/a, which this run folder does not have [E_UPSTREAM]\n",
  });
  const { code, stdout } = await runPda("run", recipe, "--out", out, "--only", "generate/b", "--quiet");
  expect({ code, stdout }).toEqual({ code: 0, stdout: `1 of 17 stages done\n→ ${join(out, "report.html")}\n` });
  expect(await readdir(join(out, "generate"))).toEqual(["b"]);
  expect(await runPda("run", recipe, "--out", out, "--only", "table")).toMatchObject({ code: 1 });
  expect(await runPda("run", recipe, "--out", out, "--only", "tarin")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      "--only tarin: expected generate, train, merge, eval, table, report or one of",
    ) as string,
  });
});

test("two runs in one folder: the second is refused", async () => {
  const out = join(folder, "locked");
  const first = pda("run", recipe, "--out", out);
  await once(first.child.stderr, "data");
  const { code, stderr } = await runPda("run", recipe, "--out", out);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("E_LOCKED") as string });
  first.child.kill("SIGKILL");
  await first.ended;
  const again = await runPda("run", recipe, "--out", out, "--only", "generate");
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("an earlier run was cut off here; continuing");
});

test("a recipe with an unknown key and an absent model is refused before anything is made", async () => {
  const bad = join(folder, "bad.yaml");
  const text = (await readFile(recipe, "utf8"))
    .replace("seed: 3", "seeds: 3")
    .replace(`base: ${tinyModel}`, "base: nowhere");
  await writeFile(bad, text);
  const keys = await runPda("run", bad, "--out", join(folder, "bad"));
  expect(keys.code).toBe(2);
  expect(keys.stderr).toBe(
    `pda: ${bad}: 1 problem [E_CONFIG]\n  ${bad}:2:1  seeds: unknown key; did you mean "seed"?\n`,
  );
  await writeFile(bad, text.replace("seeds: 3", "seed: 3"));
  const model = await runPda("run", bad, "--out", join(folder, "bad"), "--json");
  expect(model.code).toBe(2);
  expect(JSON.parse(model.stdout)).toEqual({
    error: {
      code: "E_CONFIG",
      message: `${bad}: 1 problem`,
      problems: [
        `${bad}:6:1  base: expected a model folder with a config.json, found none at ${join(folder, "nowhere")}`,
      ],
    },
  });
  expect(await readdir(folder)).not.toContain("bad");
});

test("a broken row in the last stage's items is found before the first stage", async () => {
  await writeFile(
    join(folder, "b.eval.jsonl.bad"),
    '{"id": "1", "prompt": [{"role": "user", "content": "?"}]}\n{"id": 2}\n',
  );
  const out = ["--out", join(folder, "bad-items")];
  const { code, stderr } = await runPda("run", recipe, ...out, "--set", "eval.skills.b.eval=b.eval.jsonl.bad");
  expect(code).toBe(1);
  expect(stderr).toMatch(/pda: .*b\.eval\.jsonl\.bad:2: /);
  expect(stderr).not.toContain("generate/a");
});
