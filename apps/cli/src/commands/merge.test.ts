import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createRuntime, loadCausalLm, score } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { deltaWeight } from "@prefdelta/lora";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-merge-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const q = "model.layers.0.self_attn.q_proj";

/** The tiny adapter with another scale, some modules left out. */
async function writeAdapter(name: string, change: (adapter: Adapter) => Partial<Adapter>): Promise<string> {
  const { config: _, ...adapter } = await loadAdapter(tinyAdapter);
  await saveAdapter(at(name), { ...adapter, ...change(adapter) });
  return at(name);
}
const scaled = (factor: number) => (adapter: Adapter) => ({
  modules: new Map([...adapter.modules].map(([path, one]) => [path, { ...one, scale: one.scale * factor }])),
});
const delta = async (path: string) => deltaWeight((await loadAdapter(path)).modules.get(q)!);

describe("a mergekit file", () => {
  const file = (b: string, more = "") => `merge_method: task_arithmetic
base_model: org/base
models:
  - model: org/base
  - model: org/base+${tinyAdapter}
    parameters: {weight: 0.5}
  - model: ${b}
    parameters:
      weight:
        - {filter: self_attn, value: [1, 0]}
        - {value: 2}
${more}`;

  test("merges the adapters that it names, with its weights, dtype and base", async () => {
    const b = await writeAdapter("b", scaled(3));
    await writeFile(at("mk.yaml"), file(b, "dtype: bfloat16\n"));
    const { code, stdout, stderr } = await runPda("merge", "--config", at("mk.yaml"), "--out", at("m"), "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ report: { method: "task_arithmetic" } });
    expect(await readFile(join(at("m"), "README.md"), "utf8")).toContain("| dtype | BF16 |");
    expect((await loadAdapter(at("m"))).baseModel).toBe("org/base");
    // 0.5 of the adapter and 1 × 3 of it, rounded to eight bits.
    const expected = (await delta(tinyAdapter)).map((value) => 3.5 * value);
    expect(await delta(at("m"))).toBeAllClose(expected, { rtol: 0, atol: 0.02 * Math.max(...expected) });
  });

  test("is refused by line, column and key where it asks for what is not supported", async () => {
    await writeFile(at("mk.yaml"), file("b", "parameters: {density: 0.5}\nslices: []\ntokenizer_source: union\n"));
    const { code, stderr } = await runPda("merge", "--config", at("mk.yaml"), "--out", at("m"));
    expect(code).toBe(2);
    expect(stderr).toContain(`${at("mk.yaml")}:13:1  slices: unknown key; expected one of merge_method, base_model,`);
    expect(stderr).toContain(`${at("mk.yaml")}:14:1  tokenizer_source: unknown key`);
    await writeFile(at("mk.yaml"), file("b", "parameters: {density: 0.5}\n"));
    expect((await runPda("merge", "--config", at("mk.yaml"), "--out", at("m"))).stderr).toContain(
      `${at("mk.yaml")}:12:14  parameters.density: task_arithmetic takes weight, normalize, lambda; expected one of them, found 0.5`,
    );
    expect(await readdir(folder)).toEqual(["mk.yaml"]);
  });

  test("goes with --rank and --scale, and with no other options", async () => {
    const b = await writeAdapter("b", scaled(3));
    await writeFile(at("mk.yaml"), file(b));
    const run = (...more: string[]) => runPda("merge", "--config", at("mk.yaml"), "--out", at("m"), "--json", ...more);
    const { stdout } = await run("--rank", "3", "--scale", "2");
    expect(JSON.parse(stdout)).toMatchObject({ report: { options: { rank: 3, scale: 2 } } });
    const refused = await run(tinyAdapter, "--method", "gam", "--set", "t=1");
    expect(refused.code).toBe(2);
    for (const flag of ["ADAPTER", "--method", "--set"]) expect(refused.stderr).toContain(`  ${flag}: not with`);
    expect((await run("--rank", "0")).stderr).toMatch(/--rank 0 {2}rank: /);
  });
});

test("adapters of other ranks, alphas, dtypes and targets merge; who lacks modules is said, and what is done", async () => {
  const { modules } = await loadAdapter(tinyAdapter);
  const part = new Map([...modules].filter(([path]) => path.endsWith("q_proj")));
  const b = await writeAdapter("b", () => ({ modules: part }));
  const wide = await runPda("merge", tinyAdapter, tinyAdapter, "--out", at("wide"));
  expect(wide.code).toBe(0);
  await runPda("export", at("wide"), "--to", "portable", "--out", at("half"), "--dtype", "F16");
  const merged = await runPda("merge", tinyAdapter, b, at("half"), "--out", at("m"));
  expect(merged).toMatchObject({ code: 0, stderr: "" });
  const lack = modules.size - part.size;
  expect(merged.stdout).toContain(
    `${b} lacks ${lack} of ${modules.size} modules, which count as zero there (missing: zero)`,
  );
  expect([...(await loadAdapter(at("m"))).modules.values()].map(({ rank }) => rank)).toContain(4 + 4 + 8);
  const renormalised = await runPda(...["merge", tinyAdapter, b, "--set", "missing=renormalise", "--out", at("r")]);
  expect(renormalised.stdout).toContain("which are made up for (missing: renormalise)");
  await writeFile(at("sweep.yaml"), "methods: [task_arithmetic, ties, {method: gam, missing: renormalise}]\n");
  const { stdout } = await runPda("merge", tinyAdapter, b, "--config", at("sweep.yaml"), "--out", at("s"));
  const lacks = `${b} lacks ${lack} of ${modules.size} modules, which`;
  expect(stdout).toContain(
    `\n\n${lacks} count as zero there (missing: zero)\n${lacks} are made up for (missing: renormalise)\n\n→`,
  );
});

describe("--into-base", () => {
  const peftAdapter = fileURLToPath(new URL("../../../../packages/lora/src/__fixtures__/qwen3", import.meta.url));

  test("writes a model that gives PEFT's log-probs without an adapter", async () => {
    const merge = ["merge", peftAdapter, "--into-base", tinyModel, "--out", at("model")];
    const { code, stdout } = await runPda(...merge, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ model: at("model"), tensors: 24, changed: 13 });
    const lm = await loadCausalLm(at("model"), { runtime: await createRuntime("onnx") });
    // Made by tooling/peers/lora_golden.py.
    const text = await readFile(join(peftAdapter, "log_probs.json"), "utf8");
    for (const { ids, logProbs } of JSON.parse(text) as { ids: number[]; logProbs: number[] }[]) {
      const completions = logProbs.map((_, token) => ({ ids: [token], mask: [1] }));
      const found = (await score(lm, [{ prompt: ids, completions }])).logProbs;
      // The bar is 1e-4; without the update they differ by up to 5.
      expect(found).toBeAllClose(logProbs, { rtol: 0, atol: 2e-5 });
    }
    await lm.dispose();
  });

  test("takes one merge, and leaves nothing where the base does not fit", async () => {
    const run = (...more: string[]) => runPda("merge", peftAdapter, "--out", at("model"), ...more);
    await writeFile(at("s.yaml"), "methods: [ties, iso_c]\n");
    expect(await run("--into-base", tinyModel, "--config", at("s.yaml"))).toMatchObject({
      code: 2,
      stderr: "pda: --into-base: expected one merge, found several [E_USAGE]\n",
    });
    const other = fileURLToPath(
      new URL("../../../../packages/causal-lm/src/__fixtures__/tiny-llama3", import.meta.url),
    );
    const { code, stderr } = await run("--into-base", other);
    expect(code).toBe(1);
    expect(stderr).toMatch(/q_proj: expected an update of .*\(out×in\), found 64×40/);
    expect(await readdir(folder)).toEqual(["s.yaml"]);
  });
});

describe("gam's drift form", () => {
  test("asks for A₀, and takes it from the adapter that --initial names", async () => {
    const b = await writeAdapter("b", scaled(-2));
    const args = ["merge", tinyAdapter, b, "--method", "gam", "--set", "form=drift"];
    const { code, stderr } = await runPda(...args, "--out", at("none"));
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${b}: form drift: expected the seed of A₀ in its metadata (a0_seed), or an initial adapter`,
    );
    expect(await readdir(folder)).toEqual(["b"]);
    // The adapter itself: its A did not move, so there is nothing to align.
    const drift = await runPda(...args, "--initial", tinyAdapter, "--out", at("drift"));
    expect(drift.code).toBe(0);
    expect(drift.stdout).toMatch(
      /\ndirections shared, mean of a module: 0.000 left, 0.000 right \(modules: no consensus beyond A₀ \d+\)\n/,
    );
    await runPda("merge", tinyAdapter, b, "--out", at("sum"));
    expect(await delta(at("drift"))).toEqual(await delta(at("sum")));
  });
});

describe("a sweep", () => {
  test("writes every method at every λ from one reading, each as it would be alone", async () => {
    const b = await writeAdapter("b", scaled(-2));
    await writeFile(
      at("sweep.yaml"),
      "methods: [task_arithmetic, {method: gam, gate: none}, {method: gam, t: 0}]\nscale: {search: [0.5, 2]}\nrank: 6\n",
    );
    const { code, stdout } = await runPda("merge", tinyAdapter, b, "--config", at("sweep.yaml"), "--out", at("s"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^merge +λ +norm +norm kept +truncation lost\n/);
    const names = ["gam", "gam-2", "task_arithmetic"].flatMap((name) => [`${name}-x0.5`, `${name}-x2`]);
    expect((await readdir(at("s"))).toSorted()).toEqual([...names, "report.json"].toSorted());
    const alone = await runPda(
      ...["merge", tinyAdapter, b, "--set", "method=gam", "--set", "gate=none", "--scale", "2", "--rank", "6"],
      ...["--out", at("gam-x2")],
    );
    expect(alone.code).toBe(0);
    for (const name of await readdir(at("gam-x2")))
      expect(await readFile(join(at("s"), "gam-x2", name)), name).toEqual(await readFile(join(at("gam-x2"), name)));
    const { merges, diagnostics } = JSON.parse(await readFile(join(at("s"), "report.json"), "utf8")) as {
      merges: { report: { diagnostics: null } }[];
      diagnostics: { pairs: object[] };
    };
    expect(diagnostics.pairs).toHaveLength(1);
    expect(merges.every(({ report }) => report.diagnostics === null)).toBe(true);
    expect(merges[0]).toMatchObject({ name: "task_arithmetic-x0.5", scale: 0.5, report: { options: { rank: 6 } } });
  });

  test("shows norms at methods' own λ, zero among them", async () => {
    await writeFile(at("own.yaml"), "methods: [{method: ties, scale: 0}, {method: task_arithmetic, scale: 2}]\n");
    const { stdout } = await runPda("merge", tinyAdapter, "--config", at("own.yaml"), "--out", at("o"));
    const norms = stdout
      .split("\n")
      .slice(2, 4)
      .map((line) => Number(line.split(/ +/)[2]));
    const whole = (await loadAdapter(at("o/task_arithmetic"))).modules.values();
    const squares = [...whole]
      .flatMap((module) => [...deltaWeight(module)])
      .reduce((sum, value) => sum + value ** 2, 0);
    expect(norms).toEqual([0, expect.closeTo(Math.sqrt(squares), 2)]);
  });

  test("of λ alone needs no list of methods, and of methods alone no λ", async () => {
    await writeFile(at("a.yaml"), "method: task_arithmetic\nscale: {search: [1, 3]}\n");
    await runPda("merge", tinyAdapter, "--config", at("a.yaml"), "--out", at("a"));
    expect((await readdir(at("a"))).toSorted()).toEqual(["report.json", "task_arithmetic-x1", "task_arithmetic-x3"]);
    await writeFile(at("b.yaml"), "methods: [ties, iso_c]\n");
    await runPda("merge", tinyAdapter, "--config", at("b.yaml"), "--out", at("b"));
    expect((await readdir(at("b"))).toSorted()).toEqual(["iso_c", "report.json", "ties"]);
  });

  test("keeps nothing of a sweep of other methods that was killed", async () => {
    await mkdir(at("s.unfinished/result/knots/.half.tmp"), { recursive: true });
    await writeFile(at("s.yaml"), "methods: [ties, iso_c]\n");
    expect((await runPda("merge", tinyAdapter, "--config", at("s.yaml"), "--out", at("s"))).code).toBe(0);
    expect((await readdir(at("s"))).toSorted()).toEqual(["iso_c", "report.json", "ties"]);
    expect((await readdir(folder)).toSorted()).toEqual(["s", "s.yaml"]);
  });

  test("is refused by the place of what is wrong, with nothing written", async () => {
    await writeFile(at("s.yaml"), "methods:\n  - {method: ties, density: 2}\n  - averaging\nscale: {search: []}\n");
    const first = await runPda("merge", tinyAdapter, "--config", at("s.yaml"), "--out", at("s"));
    expect(first.code).toBe(2);
    expect(first.stderr).toContain(`${at("s.yaml")}:4:9  scale.search: `);
    await writeFile(at("s.yaml"), "methods:\n  - {method: ties, density: 2}\nfrequency: 1\n");
    const { stderr } = await runPda("merge", tinyAdapter, "--config", at("s.yaml"), "--out", at("s"));
    expect(stderr).toContain(`${at("s.yaml")}:2:20  density: `);
    expect(stderr).toContain(`${at("s.yaml")}:3:1  frequency: unknown key`);
    await writeFile(at("s.yaml"), "methods: [{method: ties, scale: 2}]\nscale: {search: [1]}\n");
    const clash = ["merge", tinyAdapter, "--config", at("s.yaml"), "--method", "gam", "--out", at("s")];
    expect((await runPda(...clash)).stderr).toBe(
      `pda: ${at("s.yaml")}: 2 problems [E_CONFIG]\n` +
        "  --method gam  method: expected none beside methods\n" +
        `  ${at("s.yaml")}:1:26  methods[0].scale: expected none beside scale\n`,
    );
    expect(await readdir(folder)).toEqual(["s.yaml"]);
    expect(await runPda("merge", "--out", at("s"))).toMatchObject({
      code: 2,
      stderr: "pda: ADAPTER: missing [E_USAGE]\n",
    });
  });
});
