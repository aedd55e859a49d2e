import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { evaluate } from "../evaluate.ts";
import { lmEvalResults, lmEvalSample } from "./lm-eval-results.ts";
import { writeResults, writeSamples } from "./write-results.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "results "))));
afterAll(() => rm(folder, { recursive: true }));

const tasks = { facts: { score: { n: 400, value: 0.25, low: 0.21, high: 0.29 } } };

it("writes the keys that lm-evaluation-harness' readers look for", async () => {
  const path = join(folder, "results.json");
  await writeResults(path, lmEvalResults({ tasks, config: { model: "m", seed: 1 } }));
  const text = await readFile(path, "utf8");
  expect(JSON.parse(text)).toMatchObject({
    results: { facts: { alias: "facts", "exact_match,answer": 0.25, low: 0.21, high: 0.29 } },
    "n-shot": { facts: 0 },
    "n-samples": { facts: { original: 400, effective: 400 } },
    versions: { facts: "1" },
    higher_is_better: { facts: { exact_match: true } },
    config: { model: "m", seed: 1 },
  });
  const { results } = JSON.parse(text) as { results: { facts: Record<string, number> } };
  expect(results.facts["exact_match_stderr,answer"]).toBeCloseTo(0.08 / 3.92, 10);
  expect(text).not.toContain("date");
  expect(lmEvalResults({ tasks, config: {}, date: "2026-01-01" })["date"]).toBe("2026-01-01");
});

it("writes one sample a line, the whole answer and what was read from it", async () => {
  const transcript = {
    segments: [{ text: "<answer>x</answer>", source: "model" as const }],
    searches: 0,
    invalid: 0,
    stop: "end" as const,
  };
  const prompt = [{ role: "user", content: "q" }];
  const [result] = evaluate([{ id: "a", answers: ["x"] }], [transcript]);
  const path = join(folder, "samples.jsonl");
  await writeSamples(path, [lmEvalSample({ prompt, transcript, result: result! }, 0)]);
  const lines = (await readFile(path, "utf8")).split("\n");
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    doc_id: 0,
    target: ["x"],
    resps: [["<answer>x</answer>"]],
    filtered_resps: ["x"],
    metrics: ["exact_match"],
    arguments: { gen_args_0: { arg_0: prompt } },
    doc: { id: "a", cluster: "a", prompt },
    exact_match: 1,
  });
});

it("leaves nothing behind when a file cannot be put in place", async () => {
  const before = await readdir(folder);
  await expect(writeResults(join(folder, "absent", "results.json"), {})).rejects.toMatchObject({
    code: "E_FILE",
    message: expect.stringContaining("ENOENT") as string,
  });
  expect(await readdir(folder)).toEqual(before);
});
