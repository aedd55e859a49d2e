import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { builtInTasks } from "./built-in-tasks.ts";
import { runTask } from "./run-task.ts";
import { parseTask } from "./task-schema.ts";

describe("examples and documents", () => {
  const random = createRandom(1);
  /** A greedy model that is always wrong, and what it was asked. */
  const listener = () => {
    const contexts: string[] = [];
    const generate = async (requests: readonly { context: string }[]) => {
      contexts.push(...requests.map(({ context }) => context));
      return requests.map(() => ({ text: "?" }));
    };
    return { contexts, generate };
  };
  const keys = {
    task: "own",
    output_type: "generate_until",
    doc_to_text: "Q: {{q}}",
    doc_to_target: "a",
    metric_list: [{ metric: "exact_match" }],
  };

  it("examples may stand in the task, and be written in another way", async () => {
    const samples = [{ q: "s", a: "t", long: "because t" }];
    const fewshot_config = { sampler: "first_n", samples, doc_to_text: "E: {{q}}", doc_to_target: "long" };
    const { contexts, generate } = listener();
    const task = parseTask({ ...keys, num_fewshot: 1, fewshot_config }, "own");
    await runTask(task, { documents: [{ q: "1", a: "x" }], generate, random });
    expect(contexts).toEqual(["E: s because t\n\nQ: 1"]);
  });

  it("rows of another part of the data are neither asked nor shown", async () => {
    const rows = ["a", "b", "a"].map((part, i) => ({ q: String(i), a: "x", part }));
    const { contexts, generate } = listener();
    const task = parseTask({ ...keys, num_fewshot: 1, keep_docs: { part: "a" } }, "own");
    const { samples } = await runTask(task, { documents: rows, fewshot: rows, generate, random });
    expect(contexts).toEqual(["Q: 2 x\n\nQ: 0", "Q: 0 x\n\nQ: 2"]);
    expect(samples.map(({ doc_id }) => doc_id)).toEqual([0, 1]);
    const none = parseTask({ ...keys, keep_docs: { part: "c" } }, "own");
    await expect(runTask(none, { documents: rows, generate, random })).rejects.toMatchObject({ code: "E_NO_ITEMS" });
  });

  it("GPQA's answers come in an order of the question's own, and the right one is known by its place", async () => {
    const doc = (i: number) => ({
      Question: `Which is ${i}?`,
      "Correct Answer": ` right ${i} `,
      "Incorrect Answer 1": "w1",
      "Incorrect Answer 2": "w2  [title] more",
      "Incorrect Answer 3": null,
    });
    const loglikelihood = async (requests: readonly { context: string; continuation: string }[]) =>
      requests.map(({ context, continuation }) => {
        const shown = /^\((.)\) right/m.exec(context)![1];
        return { logProb: continuation === ` (${shown})` ? -1 : -2, isGreedy: false };
      });
    const task = builtInTasks("gpqa_diamond_zeroshot")[0]!;
    const documents = Array.from({ length: 12 }, (_, i) => doc(i));
    const { scores, samples } = await runTask(task, { documents, loglikelihood, random });
    expect(scores["acc,none"]!.map(({ score }) => score)).toEqual(documents.map(() => 1));
    expect(new Set(samples.map(({ target }) => target)).size).toBeGreaterThan(1);
    const again = await runTask(task, { documents: documents.slice(3), loglikelihood, random: createRandom(2) });
    expect(again.samples[0]!["target"]).toBe(samples[3]!["target"]);
    expect(samples[0]!["doc"]).toMatchObject({ choice1: expect.any(String) as string });
  });

  it("rows that share a cluster are scored as one", async () => {
    const rows = ["s", "s", undefined].map((cluster, i) => ({ q: String(i), a: "?", ...(cluster && { cluster }) }));
    const { generate } = listener();
    const { scores } = await runTask(parseTask(keys, "own"), { documents: rows, generate, random });
    expect(scores["exact_match,none"]!.map(({ id, cluster, score }) => [id, cluster, score])).toEqual([
      ["0", "s", 1],
      ["1", "s", 1],
      ["2", "2", 1],
    ]);
  });
});
