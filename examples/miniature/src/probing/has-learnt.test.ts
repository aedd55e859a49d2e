import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import { createTitleIndex } from "@prefdelta/eval";
import { readCorpus } from "@prefdelta/eval/node";
import { readItems } from "@prefdelta/preference/node";
import { expect, test } from "vitest";
import { skillNames } from "../question.ts";
import { hasLearnt, isAskedAfter } from "./has-learnt.ts";

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test("a specialist is asked every 25 steps from 300 on", () => {
  expect([25, 275, 299, 300, 310, 325, 1000].filter(isAskedAfter)).toEqual([300, 325, 1000]);
});

test.each(skillNames)("the shipped specialist of %s has learnt, and its neighbour has not", async (skill) => {
  const runtime = await createRuntime("onnx", { threads: 2 });
  const options = {
    items: await readItems(pathOf(`data/${skill}.dev.jsonl`)),
    retrieve: createTitleIndex(await readCorpus(pathOf("data/passages.jsonl"))),
  };
  const neighbour = skillNames[(skillNames.indexOf(skill) + 1) % skillNames.length]!;
  for (const [name, learnt] of [
    [skill, true],
    [neighbour, false],
  ] as const) {
    const lm = await loadCausalLm(pathOf(`models/seed-1/weak-${name}`), { runtime });
    expect(await hasLearnt(lm, options), `weak-${name}`).toBe(learnt);
    await lm.dispose();
  }
});
