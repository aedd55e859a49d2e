import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "pda-compare-"))));
afterEach(() => rm(folder, { recursive: true }));

const row = (i: number, score: number | boolean, more: object = {}): object => ({
  ...{ doc_id: i, doc: { question: `q${i}` }, target: "A", filter: "none", metrics: ["acc"], acc: score },
  ...more,
});

async function results(name: string, files: Record<string, readonly object[]>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, rows] of Object.entries(files)) {
    await writeFile(join(path, file), rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
  }
  return path;
}

const twelve = (score: (i: number) => number): object[] => Array.from({ length: 12 }, (_, i) => row(i, score(i)));

test("eight of eight flips are McNemar's 2/2⁸, doubled by Holm for two tasks", async () => {
  const a = await results("a", {
    "samples_up.jsonl": twelve((i) => Number(i >= 8)),
    "samples_same.jsonl": twelve(() => 1),
  });
  const b = await results("b", {
    "samples_up_2026-01-02T03-04-05.678901.jsonl": twelve(() => 1),
    "samples_same.jsonl": twelve(() => 1),
  });
  const { code, stdout } = await runPda("compare", a, b, "--json");
  expect(code).toBe(0);
  const compared = JSON.parse(stdout) as { tasks: Record<string, { p: number; pHolm: number }>; verdict: string };
  expect(compared.tasks["up"]!.p).toBeCloseTo(2 / 256, 12);
  expect(compared.tasks["up"]!.pHolm).toBeCloseTo(4 / 256, 12);
  expect(compared.tasks["up"]).toMatchObject({ n: 12, test: "mcnemar", verdict: "better" });
  expect(compared.tasks["up"]).toMatchObject({ gained: ["0", "1", "2", "3", "4", "5", "6", "7"], lost: [] });
  expect(compared).toMatchObject({ verdict: "better", seed: 1, margin: null });

  const back = await runPda("compare", b, a);
  expect(back.code).toBe(0);
  expect(back.stdout).toContain("up: B scores lower on 0, 1, 2, 3, 4, 5, 6, 7\n");
  expect(back.stdout).toMatch(/^up +12 +1\.000 +0\.333 +-0\.667 .*\+0 −8 +mcnemar +0\.008 +0\.016 +- +worse$/m);
  expect(back.stdout).toMatch(/B is worse than A\.\n$/);
});

test("of what went wrong less is better", async () => {
  const unparsed = (share: number) =>
    results(`u${share}`, { "samples_t.jsonl": Array.from({ length: 12 }, (_, i) => row(i, 1, { unparsed: share })) });
  const [a, b] = [await unparsed(1), await unparsed(0)];
  const { stdout } = await runPda("compare", a, b, "--metric", "unparsed");
  expect(stdout).toMatch(/^t +12 +1\.000 +0\.000 +-1\.000 .* better$/m);
  expect(stdout).toContain("t: B scores lower on 0, 1");
});

test("filters are tasks of their own, and a metric can be chosen", async () => {
  const filtered = (score: number): object[] =>
    ["strict", "flexible"].flatMap((filter) => [row(0, 0, { filter, f1: score }), row(1, true, { filter, f1: score })]);
  const a = await results("a", { "samples_t.jsonl": filtered(0.25) });
  const b = await results("b", { "samples_t.jsonl": filtered(0.75) });
  const { stdout } = await runPda("compare", a, b, "--metric", "f1", "--json");
  const { tasks } = JSON.parse(stdout) as { tasks: Record<string, object> };
  expect(Object.keys(tasks)).toEqual(["t,flexible", "t,strict"]);
  expect(tasks["t,strict"]).toMatchObject({ base: 0.25, candidate: 0.75, test: "sign-flip" });
  const missing = await runPda("compare", a, b, "--metric", "em");
  expect(missing).toMatchObject({
    code: 1,
    stderr: `pda: ${join(a, "samples_t.jsonl")}:1: em — expected a score, found none; it has acc [E_INPUT]\n`,
  });
});

test("items of one cluster flip together", async () => {
  const clustered = (score: number): object[] =>
    Array.from({ length: 8 }, (_, i) => row(i, score, { doc: { id: `x${i}`, cluster: "one" } }));
  const a = await results("a", { "samples_t.jsonl": clustered(0) });
  const b = await results("b", { "samples_t.jsonl": clustered(1) });
  const { stdout } = await runPda("compare", a, b, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ tasks: { t: { test: "sign-flip", p: 1 } }, verdict: "undecided" });
});

test("runs without a difference are equivalent only where a margin was asked for", async () => {
  const rows = twelve((i) => i % 2);
  const [a, b] = [await results("a", { "samples_t.jsonl": rows }), await results("b", { "samples_t.jsonl": rows })];
  expect((await runPda("compare", a, b)).stdout).toContain("neither better nor worse than A");
  expect((await runPda("compare", a, b, "--equivalence", "0.1")).stdout).toContain("B is equivalent to A.");
  for (const margin of ["0", "1", "x"]) {
    expect(await runPda("compare", a, b, "--equivalence", margin)).toMatchObject({
      code: 2,
      stderr: `pda: --equivalence: expected a number between 0 and 1, found ${margin} [E_USAGE]\n`,
    });
  }
});

test("what does not belong together is refused", async () => {
  const a = await results("a", { "samples_t.jsonl": [row(0, 1), row(1, 1)] });
  const other = await results("other", { "samples_t.jsonl": [row(0, 1), row(1, 1, { target: "B" })] });
  expect(await runPda("compare", a, other)).toMatchObject({
    code: 1,
    stderr: "pda: expected the same documents and targets on both sides [E_INPUT]\n  t: 1 of 2 differ: 1\n",
  });
  const fewer = await results("fewer", { "samples_t.jsonl": [row(0, 1)] });
  expect((await runPda("compare", a, fewer)).stderr).toMatch(/got 2 and 1, unmatched: 1 \[E_MISMATCH\]/);
  const twice = await results("twice", {
    "samples_t.jsonl": [row(0, 1)],
    "samples_t_2026-01-02T03-04-05.1.jsonl": [row(0, 1)],
  });
  expect((await runPda("compare", a, twice)).stderr).toContain("expected one file of samples for t, found");
});

test("a folder without samples, or with a line that is none, is named", async () => {
  const a = await results("a", { "samples_t.jsonl": [{ doc_id: 0 }] });
  const empty = await results("empty", { "results.json": [] });
  expect((await runPda("compare", a, a)).stderr).toContain(
    `${join(a, "samples_t.jsonl")}:1: expected a sample of an evaluation, found {"doc_id":0}`,
  );
  expect((await runPda("compare", empty, a)).stderr).toContain(`${empty}: expected samples_TASK.jsonl`);
  expect(await runPda("compare", join(folder, "nowhere"), a)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nowhere: expected a folder of results, found ENOENT") as string,
  });
});

test("several candidates are one family: Holm is over all of them", async () => {
  const a = await results("a", { "samples_t.jsonl": twelve((i) => Number(i >= 8)) });
  const b = await results("b", { "samples_t.jsonl": twelve(() => 1) });
  const c = await results("c", { "samples_t.jsonl": twelve((i) => Number(i >= 8)) });
  const { code, stdout } = await runPda("compare", a, b, c, "--json");
  expect(code).toBe(0);
  const { candidates } = JSON.parse(stdout) as {
    candidates: Record<string, { tasks: { t: { p: number; pHolm: number } }; verdict: string }>;
  };
  expect(candidates[b]).toMatchObject({ verdict: "better", tasks: { t: { n: 12 } } });
  const { p, pHolm } = candidates[b]!.tasks.t;
  expect([p, pHolm]).toEqual([expect.closeTo(2 / 2 ** 8, 12), expect.closeTo(4 / 2 ** 8, 12)]);
  expect(candidates[c]).toMatchObject({ verdict: "undecided", tasks: { t: { p: 1, pHolm: 1 } } });
  const { stdout: text } = await runPda("compare", a, b, c);
  expect(text).toMatch(new RegExp(`^B = ${b}\n\n.*B is better than A\\.\n\nB = ${c}\n`, "s"));
  expect((await runPda("compare", a, b, b)).stderr).toContain(`${b}: expected each candidate once`);
});
