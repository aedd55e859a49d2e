import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-tasks-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const engine = ["--runtime", "onnx", "--threads", "1"];
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const arcRow = (i: number, answerKey = "B") => ({
  question: `Which one is ${i}?`,
  choices: { text: [`one ${i}`, `two`, `the third of ${i}`], label: ["A", "B", "C"] },
  answerKey,
});
const mathRow = (i: number) => ({ question: `What is ${i} + 1?`, answer: `It is one more.\n#### ${i + 1}` });

/** Items of ARC and GSM8K in files, and a task of our own. */
async function writeData(): Promise<void> {
  await writeFile(at("arc.jsonl"), lines(Array.from({ length: 6 }, (_, i) => arcRow(i))));
  await writeFile(at("gsm8k.jsonl"), lines(Array.from({ length: 5 }, (_, i) => mathRow(i))));
  await writeFile(at("questions.csv"), "Question,Answer\nWho?,nobody\nWhere?,nowhere\n");
  await writeFile(
    at("own.yaml"),
    [
      "task: own",
      "output_type: generate_until",
      'doc_to_text: "{{question}}"',
      'doc_to_target: "{{answer}}"',
      "generation_kwargs: {max_gen_toks: 6}",
      "metric_list: [{metric: exact_match}]",
    ].join("\n"),
  );
}

const evaluate = (out: string, ...more: string[]) => runPda("eval", tinyModel, "--out", at(out), ...engine, ...more);
const readJson = async (path: string) => JSON.parse(await readFile(at(path), "utf8")) as Record<string, object>;
const readRows = async (path: string) =>
  (await readFile(at(path), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("pda eval --task", () => {
  test("tasks are asked of the base and of an adapter, and say what the numbers depend on", async () => {
    await writeData();
    const { code, stdout, stderr } = await evaluate(
      "out",
      ...["--task", "arc_easy,bamboogle", "--data", `arc_easy=${at("arc.jsonl")}`],
      ...["--data", `bamboogle=${at("questions.csv")}`, "--max-new-tokens", "8", "--json"],
      ...["--num-fewshot", "2", "--limit", "4", "--adapter", "base", "--adapter", tinyAdapter],
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^runtime: onnx/) as string });
    const { scores } = JSON.parse(stdout) as { scores: Record<string, { task: string; metric: string; n: number }[]> };
    expect(Object.keys(scores)).toEqual(["base", "adapter"]);
    expect(scores["base"]!.map(({ task, metric, n }) => [task, metric, n]).slice(0, 3)).toEqual([
      ["arc_easy", "acc,none", 4],
      ["arc_easy", "acc_norm,none", 4],
      ["bamboogle", "em,answer", 2],
    ]);
    const [base, adapted] = [await readJson("out/base/results.json"), await readJson("out/adapter/results.json")];
    expect(base["config"]).toMatchObject({
      ...{ adapter: null, adapter_sha256: null, seed: 1, num_fewshot: 2, limit: 4, precision: "f32" },
      model_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      template_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      runtime: expect.stringMatching(/^onnx/) as string,
    });
    expect(adapted["config"]).toMatchObject({ adapter_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(base["n-samples"]).toEqual({
      arc_easy: { original: 4, effective: 4 },
      bamboogle: { original: 2, effective: 2 },
    });
    const [plain, other] = [
      await readRows("out/base/samples_arc_easy.jsonl"),
      await readRows("out/adapter/samples_arc_easy.jsonl"),
    ];
    expect(plain).toHaveLength(4);
    expect(plain[0]).toMatchObject({ doc_id: 0, target: 1, filter: "none", metrics: ["acc", "acc_norm"] });
    expect(other[0]!["filtered_resps"]).not.toEqual(plain[0]!["filtered_resps"]);
    expect(other[0]!["arguments"]).toEqual(plain[0]!["arguments"]);
  });

  test("a task of one's own, in the chat template, with examples as turns", async () => {
    await writeData();
    const more = ["--task", at("own.yaml"), "--data", at("gsm8k.jsonl"), "--num-fewshot", "1", "--apply-chat-template"];
    expect((await evaluate("turns", ...more, "--fewshot-as-multiturn")).code).toBe(0);
    expect((await evaluate("one", ...more)).code).toBe(0);
    const asked = async (name: string) => {
      const [row] = await readRows(`${name}/samples_own.jsonl`);
      return (row as { arguments: { gen_args_0: { arg_0: string } } }).arguments.gen_args_0.arg_0;
    };
    expect((await asked("turns")).split("<|im_start|>user").length - 1).toBe(2);
    expect((await asked("one")).split("<|im_start|>user").length - 1).toBe(1);
    expect(await asked("one")).toMatch(/<\|im_start\|>assistant\n/);
  });

  test("open questions are asked with an index of one's own as the search tool", async () => {
    await writeData();
    await writeFile(at("corpus.jsonl"), lines([{ id: "1", contents: '"Nobody"\nsays who.' }]));
    expect((await runPda("retriever", "index", at("corpus.jsonl"), "--index", at("index"))).code).toBe(0);
    const args = [
      "--task",
      "bamboogle",
      "--data",
      at("questions.csv"),
      "--max-new-tokens",
      "4",
      "--retriever",
      at("index"),
    ];
    const { code, stdout } = await evaluate("out", ...args, "--corpus", at("corpus.jsonl"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/bamboogle +base +searches,answer +2 /);
    expect(await evaluate("none", ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected a URL, or --corpus with the index") as string,
    });
  });

  test("killed, the same command goes on from what was answered, to the same bytes", async () => {
    await writeData();
    const rows = Array.from({ length: 120 }, (_, i) => mathRow(i));
    await writeFile(at("many.jsonl"), lines(rows));
    const args = (out: string) => [
      ...["eval", tinyModel, "--task", at("own.yaml"), "--data", at("many.jsonl"), "--batch-size", "2"],
      ...["--out", at(out), ...engine],
    ];
    const { child, ended } = spawnPda(args("out"));
    const calls = async () => {
      const names = await readdir(at("out.unfinished"), { recursive: true });
      const name = names.find((one) => one.endsWith("own.calls.jsonl"));
      return name === undefined ? "" : readFile(join(at("out.unfinished"), name), "utf8");
    };
    await waitFor(async () => (await calls()).split("\n").length > 3);
    child.kill("SIGKILL");
    await ended;
    const answered = (await calls()).split("\n").length - 1;
    expect(answered).toBeLessThan(60);
    expect(await readdir(folder)).not.toContain("out");
    expect((await runPda(...args("out"))).code).toBe(0);
    expect((await runPda(...args("whole"))).code).toBe(0);
    for (const file of ["results.json", "samples_own.jsonl"]) {
      expect(await readFile(join(at("out"), file), "utf8")).toBe(await readFile(join(at("whole"), file), "utf8"));
    }
    expect(await readdir(folder)).not.toContain("out.unfinished");
  });

  test("a broken item is named; what was finished stays, and is not asked again once it is mended", async () => {
    await writeData();
    const bad = [arcRow(0), arcRow(1, "E")];
    await writeFile(at("bad.jsonl"), lines(bad));
    const args = [
      ...["--task", "gsm8k,arc_easy", "--data", `gsm8k=${at("gsm8k.jsonl")}`, "--data", `arc_easy=${at("bad.jsonl")}`],
      ...["--num-fewshot", "0", "--limit", "2"],
    ];
    expect(await evaluate("out", ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /arc_easy: document 1: .*expected "E" in \["A","B","C"\].*\[E_DOCUMENT\]/,
      ) as string,
    });
    expect(await readdir(at("out.unfinished/result"))).toEqual(["samples_gsm8k.jsonl"]);
    await writeFile(at("bad.jsonl"), lines([arcRow(0), { ...arcRow(1), question: undefined }]));
    expect(await evaluate("out", ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/arc_easy: document 1: .*\{\{question\}\}.*; it has choices, answerKey/) as string,
    });
    await writeFile(at("bad.jsonl"), lines([arcRow(0), arcRow(1)]));
    const { code, stdout } = await evaluate("out", ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/gsm8k +base +exact_match,strict-match +2 /);
  });

  test("a template that cannot be rendered is the model package's own error", async () => {
    await writeData();
    await cp(tinyModel, at("model"), { recursive: true });
    const config = JSON.parse(await readFile(at("model/tokenizer_config.json"), "utf8")) as object;
    const broken = { ...config, chat_template: "{{ raise_exception('no such role') }}" };
    await writeFile(at("model/tokenizer_config.json"), JSON.stringify(broken));
    const args = ["--task", at("own.yaml"), "--data", at("gsm8k.jsonl"), "--apply-chat-template", "--out", at("out")];
    expect(await runPda("eval", at("model"), ...args, ...engine)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/chat template — expected to render, got .*no such role.*\[E_TEMPLATE\]/) as string,
    });
    expect(await readdir(folder)).not.toContain("out");
  });

  test("a log of inspect_ai is written on request", async () => {
    await writeData();
    const args = [
      "--task",
      "arc_easy,gsm8k",
      "--data",
      `arc_easy=${at("arc.jsonl")}`,
      "--data",
      `gsm8k=${at("gsm8k.jsonl")}`,
    ];
    expect((await evaluate("out", ...args, "--num-fewshot", "1", "--limit", "2", "--log", "inspect")).code).toBe(0);
    const names = await readdir(at("out/inspect"));
    expect(names.toSorted().map((name) => name.slice(25))).toEqual(["_arc-easy_base.json", "_gsm8k_base.json"]);
    const log = await readJson(`out/inspect/${names.find((name) => name.includes("gsm8k"))!}`);
    expect(log["eval"]).toMatchObject({ task: "gsm8k", model: "base", metadata: { seed: 1, adapter: null } });
    expect(log["samples"]).toHaveLength(2);
    expect((await evaluate("o", ...args, "--log", "x")).stderr).toContain("--log: expected inspect, found x");
  });

  test("arguments that do not go together are told, all at once", async () => {
    await writeData();
    const data = ["--data", at("gsm8k.jsonl")];
    expect(await evaluate("o", "--task", "gsm8", ...data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('found "gsm8"; did you mean "gsm8k"?') as string,
    });
    expect(
      await evaluate("o", "--task", "gsm8k", "--limit", "0", "--fewshot-as-multiturn", "--tasks", "x"),
    ).toMatchObject({
      code: 2,
      stderr: [
        "pda: wrong arguments [E_USAGE]",
        "  --fewshot-as-multiturn: expected --apply-chat-template with it",
        "  --tasks: not with --task",
        "  --limit: expected a whole number, at least 1, found 0\n",
      ].join("\n"),
    });
    expect((await evaluate("o", "--task", "gsm8k")).stderr).toContain("--data: expected the items of gsm8k");
    expect((await evaluate("o", "--task", "gsm8k,gsm8k", ...data)).stderr).toContain("found gsm8k twice");
    expect((await runPda("eval", "--task", "gsm8k", ...data, "--out", at("o"))).stderr).toContain("found none");
    expect((await runPda("eval", "--limit", "3", "--out", at("o"))).stderr).toBe(
      "pda: wrong arguments [E_USAGE]\n  --model: missing\n  --tasks: missing\n  --limit: only with --task\n",
    );
    expect(await readdir(folder)).not.toContain("o");
  });
});

/** Waits until something holds that a running command brings about. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 5));
}
