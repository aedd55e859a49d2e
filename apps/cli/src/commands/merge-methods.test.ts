import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { deltaWeight } from "@prefdelta/lora";
import { loadAdapter } from "@prefdelta/lora/node";
import { mergeMethods } from "@prefdelta/merge";
import type { MergeReport } from "@prefdelta/merge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter } from "../__fixtures__/tiny-recipe.ts";

const written = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/lora/src/__fixtures__/${name}`, import.meta.url));

/** By PEFT on one base: rank and alpha patterns in F32, rank 4 in BF16, rslora of rank 3 in F16; made by tooling/peers/lora_golden.py. */
const mixed = ["patterns", "plain", "rslora"].map(written);
/** Of rank 4 all over, on tiny-qwen3; one lacks modules of the other. */
const alike = [tinyAdapter, written("qwen3-portable")];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-merge-methods-"));
});
afterAll(() => rm(folder, { recursive: true }));

const squares = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value ** 2, 0);

async function merge(method: string, sources: readonly string[], ...more: readonly string[]) {
  const out = join(folder, `${method}-${sources.length}`);
  const result = await runPda("merge", ...sources, "--method", method, "--out", out, "--json", ...more);
  return { ...result, out };
}

/** What is stored is what the report says, and what the report says is in order. */
async function expectSound({ code, stdout, stderr, out }: Awaited<ReturnType<typeof merge>>): Promise<void> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { report } = JSON.parse(stdout) as { report: MergeReport };
  const { modules } = await loadAdapter(out);
  expect(modules.size).toBe(report.summary.modules);
  let total = 0;
  for (const module of modules.values()) total += squares(deltaWeight(module));
  expect(Math.sqrt(total)).toBeCloseTo(report.summary.norm, 4);
  expect(report.summary.norm).toBeGreaterThan(0);
  expect(report.diagnostics!.perModule).toHaveLength(modules.size);
  expect(report.summary.leastTruncationError).toBeLessThanOrEqual(report.summary.truncationError);
}

const two = ["slerp"];
const methods = Object.keys(mergeMethods);

describe("adapters that PEFT wrote", () => {
  test.each(methods.filter((method) => !two.includes(method)))(
    "of other ranks, scales and dtypes merge by %s",
    async (method) => expectSound(await merge(method, mixed)),
  );

  test.each(methods)("of one rank merge by %s", async (method) => expectSound(await merge(method, alike)));

  test("of other ranks are refused where PEFT's own result is asked for, by layer", async () => {
    const { code, stderr } = await merge("ties", mixed, "--set", "peftCompat=true");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^pda: model\.layers\.0\.mlp\.down_proj: peftCompat: expected adapters of one rank, .* found 2, 4, 3/,
    );
  });

  test("merge to the sum of what PEFT makes of each", async () => {
    const { out } = await merge("task_arithmetic", mixed);
    const [merged, ...sources] = await Promise.all([out, ...mixed].map((path) => loadAdapter(path)));
    for (const [path, module] of merged!.modules) {
      const found = deltaWeight(module);
      const deltas = sources.map(({ modules }) => deltaWeight(modules.get(path)!));
      const expected = found.map((_, i) => deltas.reduce((sum, delta) => sum + delta[i]!, 0));
      expect(found).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
    }
  });
});
