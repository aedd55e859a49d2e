import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel, writeTinyRecipe } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-commands-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

function pairs(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      prompt: [{ role: "user", content: `Question ${i}` }],
      chosen: [{ role: "assistant", content: `Because ${i}` }],
      rejected: [{ role: "assistant", content: `No ${i % 3}` }],
      prompt_id: `q${i}`,
      chosen_model: "weak",
      rejected_model: "weaker",
    }),
  );
}

const settings = ["--set", "lora_r=2", "--set", "max_steps=3", "--set", "per_device_train_batch_size=2"];
const engine = ["--runtime", "onnx", "--threads", "1"];

describe("train", () => {
  const train = (data: string, out: string, ...more: string[]) =>
    runPda("train", "--base", tinyModel, "--data", data, "--out", out, ...settings, ...engine, ...more);

  test("leaves an adapter and its log, and the same bytes a second time", async () => {
    await writeFile(at("pairs.jsonl"), pairs(6).join("\n"));
    const { code, stdout, stderr } = await train(at("pairs.jsonl"), at("one"), "--json");
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^runtime: onnx/) as string });
    expect(JSON.parse(stdout)).toMatchObject({ adapter: at("one"), steps: 3, counts: { given: 6, kept: 6 } });
    expect((await readdir(at("one"))).toSorted()).toEqual([
      "README.md",
      "adapter_config.json",
      "adapter_model.safetensors",
      "trainer_log.jsonl",
    ]);
    expect((await train(at("pairs.jsonl"), at("two"))).code).toBe(0);
    const weights = (name: string) => readFile(join(at(name), "adapter_model.safetensors"));
    expect(await weights("two")).toEqual(await weights("one"));
    expect((await readdir(folder)).toSorted()).toEqual(["one", "pairs.jsonl", "two"]);
    expect(await train(at("pairs.jsonl"), at("one"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("expected a new name for the result") as string,
    });
  });

  test("work that was stopped is continued when asked, to the same bytes, and never thrown away", async () => {
    await writeFile(at("pairs.jsonl"), pairs(6).join("\n"));
    const run = (out: string, ...more: string[]) =>
      runPda(
        ...["train", "--base", tinyModel, "--data", at("pairs.jsonl"), "--out", at(out), ...engine],
        ...["--set", "lora_r=2", "--set", "max_steps=60", "--set", "per_device_train_batch_size=2", ...more],
      );
    const stopped = run("out");
    await waitFor(async () => (await readFile(join(at("out.unfinished"), "trainer_log.jsonl"), "utf8")).length > 0);
    process.emit("SIGINT");
    expect(await stopped).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("with --resume continues") as string,
    });
    expect(await readdir(folder)).not.toContain("out");

    expect(await run("out")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--resume continues it") as string,
    });
    expect(await run("out", "--resume", "--set", "learning_rate=1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("E_CHECKPOINT_MISMATCH") as string,
    });
    expect(await run("out", "--resume")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^60 steps on 6 pairs \(none left out or cut\), resumed from step \d+\n/) as string,
    });
    expect(await run("whole")).toMatchObject({ code: 0 });
    for (const file of await readdir(at("whole"))) {
      expect(await readFile(join(at("out"), file))).toEqual(await readFile(join(at("whole"), file)));
    }
    expect(await run("new", "--resume")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("expected a training that was stopped, found none") as string,
    });
  });

  test("a broken line 1,001 is named, and nothing is left", async () => {
    const rows = pairs(1002);
    rows[1000] = rows[1000]!.replace('"chosen":', '"choosen":');
    await writeFile(at("pairs.jsonl"), rows.join("\n"));
    const { code, stderr } = await train(at("pairs.jsonl"), at("out"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pda: .*pairs\.jsonl:1001: chosen — expected .*, (got|found) .*\[E_ROW\]\n/m);
    expect(await readdir(folder)).toEqual(["pairs.jsonl"]);
  });

  test("a truncated checkpoint is named, and nothing is left under the final name", async () => {
    await writeFile(at("pairs.jsonl"), pairs(2).join("\n"));
    await cp(tinyModel, at("model"), { recursive: true });
    await truncate(join(at("model"), "model.safetensors"), 100_000);
    const { code, stderr } = await runPda(
      ...["train", "--base", at("model"), "--data", at("pairs.jsonl"), "--out", at("out"), ...engine],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/pda: .*model\.safetensors: .*expected .*, (got|found) .*\[E_\w+\]/s);
    expect(await readdir(folder)).not.toContain("out");
  });

  test("settings are checked as a recipe's are", async () => {
    await writeFile(at("dpo.yaml"), "beta: 5\nmax_step: 3\n");
    const { code, stderr } = await train(at("pairs.jsonl"), at("out"), "--config", at("dpo.yaml"), "--set", "beta=-1");
    expect(code).toBe(2);
    expect(stderr).toContain(`${at("dpo.yaml")}:2:1  max_step: unknown key; did you mean "max_steps"?`);
    expect(stderr).toContain("--set beta=-1  beta: Too small: expected number to be >0, found -1");
  });
});

describe("merge and inspect", () => {
  test("an adapter merged with itself at half weight is itself, and inspection says so", async () => {
    const merged = await runPda(
      "merge",
      tinyAdapter,
      tinyAdapter,
      "--weights",
      "0.5,0.5",
      "--rank",
      "4",
      "--out",
      at("m"),
      "--json",
    );
    expect(merged.code).toBe(0);
    expect(JSON.parse(merged.stdout)).toMatchObject({
      adapter: at("m"),
      report: { method: "task_arithmetic", diagnostics: { consensus: { findings: { none: 0 } } } },
    });
    const { code, stdout } = await runPda("inspect", tinyAdapter, at("m"), "--json");
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { adapters: { ranks: number[]; norm: number }[]; pairs: { cosine: number }[] };
    expect(report.pairs[0]!.cosine).toBeCloseTo(1, 5);
    expect(report.adapters[1]!.norm / report.adapters[0]!.norm).toBeCloseTo(1, 5);
    expect(report.adapters[1]!.ranks).toEqual([4]);
    expect((await runPda("inspect", tinyAdapter)).stdout).toMatch(/^adapter +modules +rank +effective +norm +base\n/);
  });

  test("options come from a file, --set and flags, the flags last", async () => {
    await writeFile(at("merge.yaml"), "method: gam\ngate: none\nscale: 3\n");
    const { stdout } = await runPda(
      ...["merge", tinyAdapter, tinyAdapter, "--config", at("merge.yaml"), "--set", "t=0.5", "--scale", "2"],
      ...["--out", at("m"), "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      report: { options: { method: "gam", gate: "none", t: 0.5, scale: 2 } },
    });
  });

  test("wrong options and broken adapters end with 2 and 1, and write nothing", async () => {
    const options = await runPda("merge", tinyAdapter, "--out", at("m"), "--method", "average", "--rank", "0");
    expect(options.code).toBe(2);
    expect(options.stderr).toContain("--method average  method: expected task_arithmetic");
    await cp(tinyAdapter, at("broken"), { recursive: true });
    await truncate(join(at("broken"), "adapter_model.safetensors"), 300);
    for (const args of [
      ["inspect", at("broken")],
      ["merge", tinyAdapter, at("broken"), "--out", at("m")],
    ]) {
      // oxfmt-ignore
      const { code, stderr } = await runPda(...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/adapter_model\.safetensors: .*expected/);
    }
    expect(await readdir(folder)).toEqual(["broken"]);
  });
});

describe("generate and eval", () => {
  test("generate writes one pair's rows; a name that is none is refused", async () => {
    const recipe = await writeTinyRecipe(folder);
    const { code, stdout } = await runPda("generate", recipe, "--pair", "a", "--out", at("pairs.jsonl"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: at("pairs.jsonl") });
    const rows = (await readFile(at("pairs.jsonl"), "utf8")).trimEnd().split("\n");
    expect(JSON.parse(rows[0]!)).toMatchObject({ prompt_id: "a.dpo-0", chosen_model: tinyModel });
    expect(await readdir(folder)).not.toContain("pairs.jsonl.unfinished");
    expect(await runPda("generate", recipe, "--pair", "c", "--out", at("c.jsonl"))).toMatchObject({
      code: 2,
      stderr: 'pda: --pair: expected one of a, b, found "c" [E_USAGE]\n',
    });
  });

  test("eval writes results and samples, with and without an adapter", async () => {
    await writeTinyRecipe(folder);
    const tasks = `${at("a.eval.jsonl")},${at("b.eval.jsonl")}`;
    const more = ["--tasks", tasks, "--set", "max_new_tokens=4", "--set", "draws=100", ...engine];
    const plain = await runPda("eval", "--model", tinyModel, "--out", at("plain"), ...more);
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/^task +items +exact match % +low +high\n/);
    expect((await readdir(at("plain"))).toSorted()).toEqual([
      "results.json",
      "samples_a.eval.jsonl",
      "samples_b.eval.jsonl",
    ]);
    const adapted = await runPda(
      "eval",
      "--model",
      tinyModel,
      "--adapter",
      tinyAdapter,
      "--out",
      at("adapted"),
      ...more,
      "--json",
    );
    expect(JSON.parse(adapted.stdout)).toMatchObject({ scores: { "a.eval": { n: 6 } }, average: { value: 0 } });
    const answers = async (name: string) => readFile(join(at(name), "samples_a.eval.jsonl"), "utf8");
    expect(await answers("adapted")).not.toBe(await answers("plain"));
  });

  test("a LoRA that does not fit the base is refused by module, with both shapes", async () => {
    await writeTinyRecipe(folder);
    const { modules, ...rest } = await loadAdapter(tinyAdapter);
    const narrowed = [...modules].map(([path, module]) => {
      const inFeatures = module.inFeatures - 1;
      return [path, { ...module, inFeatures, A: module.A.slice(0, module.rank * inFeatures) }] as const;
    });
    await saveAdapter(at("narrow"), { ...rest, modules: new Map(narrowed) });
    const args = ["eval", "--model", tinyModel, "--adapter", at("narrow"), "--tasks", at("a.eval.jsonl")];
    const { code, stderr } = await runPda(...args, "--out", at("out"), ...engine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/q_proj — expected a map \[\d+, 40\], got \[\d+, 39\]/);
    expect(await readdir(folder)).not.toContain("out");
  });

  test("tasks of one name, and items without answers, are refused", async () => {
    await writeFile(at("x.jsonl"), '{"id": "1", "prompt": [{"role": "user", "content": "?"}]}\n');
    const run = (tasks: string) =>
      runPda("eval", "--model", tinyModel, "--out", at("out"), "--tasks", tasks, ...engine);
    expect(await run(`${at("x.jsonl")},/other/x.jsonl`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("would both be called x") as string,
    });
    expect(await run(at("x.jsonl"))).toMatchObject({
      code: 1,
      stderr: `pda: ${at("x.jsonl")}: item "1": answers — expected at least one to mark by, found none [E_INPUT]\n`,
    });
    expect(await readdir(folder)).toEqual(["x.jsonl"]);
  });
});

/** Waits until something holds that a running command brings about. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 5));
}
