import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { runTask } from "../tasks/run-task.ts";
import { parseTask } from "../tasks/task-schema.ts";
import { lmEvalTaskResults, type TaskEvaluation } from "./task-results.ts";

const random = createRandom(1);
/** A task whose item i is answered rightly when i < right. */
async function choose(name: string, n: number, right: number): Promise<TaskEvaluation> {
  const task = parseTask(
    {
      task: name,
      output_type: "multiple_choice",
      doc_to_text: "{{q}}",
      doc_to_choice: ["a", "b"],
      doc_to_target: "gold",
      metric_list: [{ metric: "acc" }],
      metadata: { version: 2 },
    },
    name,
  );
  const documents = Array.from({ length: n }, (_, i) => ({ q: `${i}`, gold: Number(i >= right) }));
  const run = await runTask(task, {
    documents,
    random,
    loglikelihood: async (requests) => requests.map((_, i) => ({ logProb: -(i % 2), isGreedy: false })),
  });
  return { task, run };
}

describe("lmEvalTaskResults", () => {
  it("has lm-evaluation-harness' keys and standard error, and an interval", async () => {
    const evaluations = [await choose("x", 40, 10)];
    const document = lmEvalTaskResults({ evaluations, config: { model: "m", seed: 1 } }, { random });
    expect(document).toMatchObject({
      results: { x: { alias: "x", "acc,none": 0.25 } },
      versions: { x: 2 },
      "n-shot": { x: 0 },
      "n-samples": { x: { original: 40, effective: 40 } },
      higher_is_better: { x: { acc: true } },
      configs: { x: { doc_to_text: "{{q}}" } },
      config: { model: "m", seed: 1 },
    });
    expect(Object.keys(document)).not.toContain("date");
    const entry = (document["results"] as Record<string, Record<string, number>>)["x"]!;
    // √(p(1 − p)/(n − 1))
    expect(entry["acc_stderr,none"]).toBeCloseTo(Math.sqrt((0.25 * 0.75) / 39), 12);
    expect(entry["acc_low,none"]).toBeLessThan(0.2);
    expect(entry["acc_high,none"]).toBeGreaterThan(0.3);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("scores groups over items, tasks being clusters", async () => {
    const evaluations = [await choose("x", 30, 30), await choose("y", 10, 0)];
    const input = { evaluations, groups: { both: ["x", "y"] }, config: {}, date: "2026-01-01" };
    const document = lmEvalTaskResults(input, { random });
    // Two clusters: of the draws, a quarter each is all right and all wrong.
    const both = { alias: "both", "acc,none": 0.75, "acc_low,none": 0, "acc_high,none": 1 };
    expect(document).toMatchObject({
      results: { both },
      groups: { both },
      group_subtasks: input.groups,
      date: "2026-01-01",
    });
    expect(() => lmEvalTaskResults({ ...input, groups: { g: ["x", "z"] } }, { random })).toThrow(
      expect.objectContaining({ code: "E_MISMATCH", message: "results: group g — expected tasks that ran, got z" }),
    );
  });

  it("tells what could not be read and what was cut", async () => {
    const filter = [{ function: "regex", regex_pattern: "#(\\d)" }];
    const task = parseTask(
      {
        task: "w",
        task_alias: "W",
        output_type: "generate_until",
        doc_to_text: "q",
        doc_to_target: "a",
        metric_list: [{ metric: "exact_match" }],
        filter_list: [{ name: "strict", filter }],
      },
      "w",
    );
    const run = await runTask(task, {
      documents: [
        { q: "x", a: "1" },
        { q: "y", a: "2" },
      ],
      random,
      generate: async () => [{ text: "#1" }, { text: "two", truncated: true }],
    });
    expect(lmEvalTaskResults({ evaluations: [{ task, run }], config: {} }, { random })).toMatchObject({
      results: { w: { alias: "W", "exact_match,strict": 0.5, "unparsed,strict": 0.5, truncated: 0.5 } },
    });
  });
});
