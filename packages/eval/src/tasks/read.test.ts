import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInTaskNames, builtInTasks } from "./built-in-tasks.ts";
import { readDocuments, readMmlu, readSplit } from "./read-documents.ts";
import { readTask } from "./read-task.ts";
import { taskSchema } from "./task-schema.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "tasks "))));
afterAll(() => rm(folder, { recursive: true }));
const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const failure = (code: string, message: string) => ({ code, message: expect.stringContaining(message) as string });

const yaml = `
task: mine
output_type: multiple_choice
doc_to_text: "{{q}}"
doc_to_choice: ["A", "B"]
doc_to_target: gold
metric_list:
  - metric: acc
`;

describe("readTask", () => {
  it("reads lm-evaluation-harness' YAML, and what it includes beneath it", async () => {
    await file("base.yaml", yaml);
    const task = await readTask(await file("mine.yaml", "include: base.yaml\ntask: other\nnum_fewshot: 3\n"));
    expect(task).toMatchObject({
      task: "other",
      num_fewshot: 3,
      doc_to_text: "{{q}}",
      target_delimiter: " ",
      fewshot_delimiter: "\n\n",
    });
  });

  it.each([
    [
      "an unsupported key",
      `${yaml}doc_to_image: x\ngroup: y\n`,
      "expected supported keys (docs/tasks.md), got doc_to_image, group",
    ],
    [
      "a key within a key",
      yaml.replace("metric: acc", "metric: acc\n    weight: 2"),
      "metric_list.0 — expected supported keys (docs/tasks.md), got weight",
    ],
    ["a Python function", `${yaml}process_docs: !function utils.f\n`, "expected YAML without tags"],
    [
      "a metric of another kind",
      yaml.replace("metric: acc", "metric: exact_match"),
      "expected acc, acc_norm, acc_bytes for multiple_choice, got exact_match",
    ],
    ["missing choices", yaml.replace(/doc_to_choice.*\n/, ""), "doc_to_choice — expected for multiple_choice"],
    ["missing keys", "task: x\n", "doc_to_text — "],
    ["a list", "- a\n", "expected a mapping of keys"],
    ["broken YAML", "a: [", "expected YAML"],
    ["a circle", "include: bad.yaml\n", "include — expected another file, got a circle"],
    ["an include that is no path", "include: 3\n", "include — expected the path of a file, got 3"],
  ])("refuses %s", async (_, text, message) => {
    await expect(readTask(await file("bad.yaml", text))).rejects.toMatchObject(failure("E_TASK", message));
  });

  it("says which file is not there", async () => {
    await expect(readTask(join(folder, "none.yaml"))).rejects.toMatchObject({ code: "E_FILE" });
  });
});

describe("built-in tasks", () => {
  it("are tasks, each by its name, and MMLU has 57 subjects", () => {
    const all = builtInTaskNames.flatMap((name) => builtInTasks(name));
    // Six by themselves; groups name theirs once more, and bbh is one of BIG-Bench Hard's four.
    expect(all).toHaveLength(6 + 2 * (57 + 14 + 3 + 4 * 27) + 27 + 1);
    expect(builtInTasks("nq").map(({ task }) => task)).toEqual(["nq_open"]);
    expect(builtInTasks("mmlu_pro").map(({ keep_docs: keep }) => keep!["category"])).toContain("computer science");
    expect(builtInTasks("gsm8k").map(({ task }) => task)).toEqual(["gsm8k"]);
    expect(builtInTasks("mmlu")).toHaveLength(57);
    expect(builtInTasks("mmlu_high_school_physics")[0]!.description).toContain("about high school physics.\n\n");
    expect(builtInTasks("toString")).toEqual([]);
  });
});

describe("readDocuments", () => {
  const rows = [
    { question: 'a, "b"\nc', n: 1, choices: { text: ["x", "y"], label: ["A", "B"] } },
    { question: "é", n: 2, choices: { text: ["z"], label: ["A"] } },
  ];

  it("reads JSONL, a JSON list and Parquet alike, CSV as texts", async () => {
    const jsonl = await file("rows.jsonl", `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const json = await file("rows.json", JSON.stringify(rows));
    const parquet = await file(
      "rows.parquet",
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: "question", data: rows.map(({ question }) => question), type: "STRING" },
            { name: "n", data: rows.map(({ n }) => BigInt(n)), type: "INT64" },
            { name: "choices", data: rows.map(({ choices }) => choices), type: "JSON" },
          ],
        }),
      ),
    );
    const csv = await file("rows.csv", '\uFEFFquestion,n\r\n"a, ""b""\nc",1\r\né,2\r\n');
    expect(await readDocuments(jsonl)).toEqual(rows);
    expect(await readDocuments(json)).toEqual(rows);
    expect(await readDocuments(await file("note.json", JSON.stringify({ note: "x", examples: rows })))).toEqual(rows);
    expect(await readDocuments(parquet)).toEqual(rows);
    expect(await readDocuments(csv)).toEqual(rows.map(({ question, n }) => ({ question, n: String(n) })));
  });

  it("takes a quote within an unquoted field for itself", async () => {
    const path = await file("quotes.csv", 'q,a\nWho gave the "Iron Curtain" speech?,"Churchill, W."\n');
    expect(await readDocuments(path)).toEqual([{ q: 'Who gave the "Iron Curtain" speech?', a: "Churchill, W." }]);
  });

  it("names the row that is broken, and files that are none of these", async () => {
    const broken = await file("broken.jsonl", '{"a": 1}\n{');
    await expect(readDocuments(broken)).rejects.toMatchObject(
      failure("E_ROW", "broken.jsonl:2: row — expected one JSON object"),
    );
    await expect(readDocuments(await file("list.jsonl", "[1]\n"))).rejects.toMatchObject(
      failure("E_ROW", "row 1 — expected an object"),
    );
    for (const path of [
      await file("x.txt", ""),
      await file("x.json", "{}"),
      await file("x.parquet", "PAR1"),
      await file("x.csv", 'a,b\n"'),
      join(folder, "no.csv"),
    ]) {
      await expect(readDocuments(path)).rejects.toMatchObject({ code: "E_FILE" });
    }
  });

  it("finds a split's files in a folder", async () => {
    const data = join(folder, "data");
    await mkdir(data);
    await file("data/test-00001-of-00002.jsonl", '{"n": 2}\n');
    await file("data/test-00000-of-00002.jsonl", '{"n": 1}\n');
    await file("data/latest.jsonl", '{"n": 3}\n');
    await file("data/validation.csv", "n\n4\n");
    expect(await readSplit(data, "test")).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await readSplit(data, "validation")).toEqual([{ n: "4" }]);
    await expect(readSplit(data, "train")).rejects.toMatchObject(
      failure("E_FILE", "expected a file of the split train"),
    );
    await expect(readSplit(join(folder, "no"), "test")).rejects.toMatchObject({ code: "E_FILE" });
  });
});

describe("readMmlu", () => {
  it("reads the authors' CSV, quotes and commas in it", async () => {
    const path = await file("anatomy_test.csv", 'Which?,0,"a, b",2,"say ""x""",D\n');
    expect(await readMmlu(path)).toEqual([{ question: "Which?", choices: ["0", "a, b", "2", 'say "x"'], answer: 3 }]);
  });

  it.each(["Which?,1,2,3,4,E\n", "Which?,1,2,3,A\n", "Which?,1,2,3,4,\n"])("refuses %j", async (row) => {
    const path = await file("bad_test.csv", `Fine,1,2,3,4,A\n${row}`);
    await expect(readMmlu(path)).rejects.toMatchObject(
      failure("E_ROW", "bad_test.csv:2: expected a question, four choices and A to D"),
    );
  });
});

it("docs/tasks.md names every key, and no other", async () => {
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(new URL("../../../../docs/tasks.md", import.meta.url), "utf8");
  const named = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
  expect(named.toSorted()).toEqual([...Object.keys(taskSchema.shape), "include"].toSorted());
});
