import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@prefdelta/random";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInTasks } from "./built-in-tasks.ts";
import { compileFilters } from "./filters.ts";
import { readCotPrompts } from "./read-cot-prompts.ts";
import { type GenerateRequest, runTask } from "./run-task.ts";
import type { Doc } from "./task-document.ts";
import { parseTask } from "./task-schema.ts";

interface GoldenRun {
  task: string;
  doc: Doc;
  examples: Doc[];
  context: string;
  generation?: { until: string[]; max_gen_toks?: number };
  rows: [answer: string, filtered: Record<string, string>, marks: Record<string, number>][];
}
// tooling/peers/bbh_golden.py
const { runs } = JSON.parse(readFileSync(new URL("../__fixtures__/bbh.json", import.meta.url), "utf8")) as {
  runs: GoldenRun[];
};
const random = createRandom(1);
const builtIn = ({ task, examples }: GoldenRun) => ({ ...builtInTasks(task)[0]!, num_fewshot: examples.length });

describe("BIG-Bench Hard is lm-evaluation-harness'", () => {
  it("in the prompts of all 108 tasks", async () => {
    expect(runs).toHaveLength(108);
    for (const run of runs) {
      const asked: GenerateRequest[] = [];
      const generate = async (requests: readonly GenerateRequest[]) => {
        asked.push(...requests);
        return requests.map(() => ({ text: "" }));
      };
      await runTask(builtIn(run), { documents: [run.doc], fewshot: run.examples, generate, random });
      expect(asked.map(({ context }) => context)).toEqual([run.context]);
      if (run.generation !== undefined) {
        const { until, max_gen_toks = 256 } = run.generation;
        expect(asked[0]).toMatchObject({ until, maxNewTokens: max_gen_toks, temperature: 0 });
      }
    }
  });

  const full = runs.filter(({ rows }) => rows.length > 0);
  it.each(full.map((run) => [run.task, run] as const))(
    "in what %s reads in an answer, and its marks",
    async (_, run) => {
      const task = builtIn(run);
      for (const [text, filtered, marks] of run.rows) {
        const generate = async () => [{ text }];
        const { samples } = await runTask(task, { documents: [run.doc], fewshot: run.examples, generate, random });
        const ours = samples.map(({ filter, filtered_resps, exact_match }) => [filter, filtered_resps, exact_match]);
        expect([text, ours]).toEqual([text, Object.keys(marks).map((key) => [key, [filtered[key]], marks[key]])]);
      }
      expect(run.rows.length).toBeGreaterThan(5);
    },
  );

  it("in right and wrong marks alike", () => {
    const marks = full.flatMap(({ rows }) => rows.flatMap(([, , mark]) => Object.values(mark)));
    expect(new Set(marks)).toEqual(new Set([0, 1]));
  });
});

describe("examples of BIG-Bench Hard", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "bbh "))));
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (text: string): Promise<string> => {
    await writeFile(join(folder, "made_up.txt"), text);
    return join(folder, "made_up.txt");
  };
  const step = "A: Let's think step by step.";

  it("are read from the authors' prompt files, several paragraphs of instruction and lines of question in them", async () => {
    const head = "CANARY\n-----\nDo it.\n\nDo it well.\n\n";
    const first = `Q: Which?\n(A) a\n\n(B) b\n${step}\nIt is not A. So the answer is (B).`;
    const path = await file(`${head}${first}\n\nQ: And?\n${step} Well, the answer is -1 .5.\n`);
    expect(await readCotPrompts(path)).toEqual([
      { input: "Which?\n(A) a\n\n(B) b", cot: "It is not A. So the answer is (B).", target: "(B)" },
      { input: "And?", cot: "Well, the answer is -1 .5.", target: "-1 .5" },
    ]);
  });

  it("are refused where they are not whole", async () => {
    const refused = { code: "E_ROW", message: expect.stringContaining("made_up.txt: example 1 — expected") as string };
    await expect(readCotPrompts(await file(`x\n\nQ: a\n${step}\nb.`))).rejects.toMatchObject(refused);
    await expect(readCotPrompts(await file("x\n\nQ: a\nA: the answer is b."))).rejects.toMatchObject(refused);
    await expect(readCotPrompts(await file("x"))).rejects.toMatchObject({ code: "E_FILE" });
    await expect(readCotPrompts(join(folder, "none.txt"))).rejects.toMatchObject({ code: "E_FILE" });
  });

  it("are never rows of the data set, which have no reasoning", async () => {
    const task = { ...builtInTasks("bbh_cot_fewshot_navigate")[0]!, num_fewshot: 1 };
    const rows = ["a", "b"].map((input) => ({ input, target: "Yes" }));
    await expect(runTask(task, { documents: rows, fewshot: rows, random })).rejects.toMatchObject({
      code: "E_DOCUMENT",
      message: expect.stringContaining('expected a document with what "{{cot}}" asks for') as string,
    });
    expect(builtInTasks("bbh").map(({ task: name }) => name)).toEqual(
      builtInTasks("bbh_cot_fewshot").map(({ task: name }) => name),
    );
  });
});

it("a question without options or words leaves nothing to find", () => {
  const read = (step: object, answer: string) =>
    compileFilters(
      parseTask(
        {
          ...{ task: "t", output_type: "generate_until", doc_to_text: "x", doc_to_target: "y" },
          ...{ metric_list: [{ metric: "exact_match" }], filter_list: [{ name: "f", filter: [step] }] },
        },
        "t",
      ),
    )[0]!.apply(answer, { input: "none" });
  expect(read({ function: "option_letter" }, "B: B")).toBe("[invalid]");
  expect(read({ function: "option_letter", fallback: "?" }, "")).toBe("?");
  expect(read({ function: "option_letter", group_select: -1 }, "(A) (B)")).toBe("(B)");
  expect(read({ function: "sorted_words" }, "a b")).toBe("");
});
