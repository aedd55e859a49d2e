import { expect, it } from "vitest";

it("exports these names", async () => {
  expect(Object.keys(await import("./index.ts")).sort()).toEqual([
    "EvalError",
    "compareSkills",
    "createTitleIndex",
    "documentFromContents",
    "evaluate",
    "extractAnswer",
    "isExactMatch",
    "lmEvalResults",
    "lmEvalSample",
    "modelText",
    "runAgent",
    "scoreItems",
    "scoreSkills",
    "searchR1Observation",
    "templateObservation",
    "transcriptText",
  ]);
  expect(Object.keys(await import("./node.ts")).sort()).toEqual(["readCorpus", "writeResults", "writeSamples"]);
});
