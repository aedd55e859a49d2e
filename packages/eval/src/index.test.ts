import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "EvalError",
    "agentCosts",
    "agentOutcomes",
    "analyse",
    "builtInTaskNames",
    "builtInTasks",
    "compareFamily",
    "compareRuns",
    "compareSkills",
    "contentsOf",
    "createBm25Retriever",
    "createRetrieverClient",
    "createTitleIndex",
    "documentFromContents",
    "encodePair",
    "evaluate",
    "extractAnswer",
    "inChunks",
    "inspectLog",
    "isExactMatch",
    "listPassages",
    "lmEvalResults",
    "lmEvalSample",
    "lmEvalTaskResults",
    "markAnswer",
    "modelText",
    "normaliseAnswer",
    "parseTask",
    "parseToolCall",
    "questionsFrom",
    "recordCalls",
    "replayCalls",
    "resumeCalls",
    "runAgent",
    "runQuestions",
    "runSearchR1",
    "runTask",
    "runToolAgent",
    "scoreItems",
    "scoreSkills",
    "scoreValues",
    "searchR1Observation",
    "searchR1Prompt",
    "searchTool",
    "taskDocuments",
    "templateObservation",
    "toolPrompt",
    "transcriptMessages",
    "transcriptText",
  ]);
  expect(Object.keys(await import("./node.ts")).sort()).toEqual([
    "createCassette",
    "createEmbedder",
    "indexCorpus",
    "indexDense",
    "openBm25",
    "openDense",
    "readCassette",
    "readCorpus",
    "readCotPrompts",
    "readDocuments",
    "readMmlu",
    "readSplit",
    "readTask",
    "resumeCassette",
    "serveRetriever",
    "streamCorpus",
    "writeResults",
    "writeSamples",
  ]);
});

it("the README's example prints what the README says", () => {
  const [, example, output] = /```ts\n(.*?)```\n+```text\n(.*?)```/s.exec(readme)!;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@prefdelta/source", "--input-type=module-typescript", "--eval", example!],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );
  expect(stdout, stderr).toBe(output);
});

it("the README lists every error code and every public function", async () => {
  const source = readFileSync(new URL("errors.ts", import.meta.url), "utf8");
  const codes = source.match(/"E_\w+"/g)!.map((quoted) => quoted.slice(1, -1));
  const names = [await import("./index.ts"), await import("./node.ts")].flatMap((entry) => Object.keys(entry));
  expect([...codes, ...names].filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});
