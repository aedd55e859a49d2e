import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import type { CausalLm } from "@prefdelta/causal-lm";
import { createTitleIndex } from "@prefdelta/eval";
import { readCorpus } from "@prefdelta/eval/node";
import { readItems } from "@prefdelta/preference/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SkillName } from "../question.ts";
import { skillNames } from "../question.ts";
import type { SkillProbe } from "./probe-skill.ts";
import { probeSkill } from "./probe-skill.ts";

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let strong: CausalLm;
beforeAll(async () => {
  strong = await loadCausalLm(pathOf("models/seed-1/strong"), { runtime: await createRuntime("onnx") });
});
afterAll(() => strong.dispose());

async function probe(skill: SkillName): Promise<SkillProbe> {
  const retrieve = createTitleIndex(await readCorpus(pathOf("data/passages.jsonl")));
  const items = (await readItems(pathOf(`data/${skill}.dev.jsonl`))).slice(0, 16);
  return probeSkill(strong, skill, { items, retrieve });
}

test.each(skillNames)(
  "%s: the strong model seldom works answers out, and is right more often when it is made to",
  async (skill) => {
    const { greedy, worked, sampled, latent } = await probe(skill);
    expect(worked).toBeLessThan(0.25);
    expect(latent).toBeGreaterThan(greedy + 0.15);
    expect(sampled).toBeLessThan(latent);
  },
);
