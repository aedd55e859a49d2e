import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CausalLm } from "@prefdelta/causal-lm";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import { rollout } from "./probing/rollout.ts";
import type { RolloutOptions } from "./probing/rollout.ts";
import type { Item, Scores } from "./probing/score-answers.ts";
import { scoreAnswers } from "./probing/score-answers.ts";
import { workedOpening } from "./probing/worked-opening.ts";
import type { SkillName } from "./question.ts";
import { skillNames } from "./question.ts";
import { createRetriever } from "./search/retriever.ts";

/*
 * probe [FOLDER…]: each model's accuracy per skill on the dev split, in percent. Checkpoints are chosen by it; the eval split is never read here.
 *   greedy    and the share of worked answers
 *   sampled   at temperature 1, mean of three draws
 *   latent    greedy, the first words of the worked answer given
 */

const data = new URL("../data/", import.meta.url);
const readLines = async <T>(name: string): Promise<T[]> =>
  (await readFile(new URL(name, data), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

const passages = await readLines<{ id: string; contents: string }>("passages.jsonl");
const observe = createRetriever(
  new Map(passages.map(({ id, contents }) => [id, ` ${contents.replace("\n", ". ")}`] as const)),
);

async function probe(lm: CausalLm, skill: SkillName, items: readonly Item[]): Promise<string> {
  const prompts = items.map(({ prompt }) => lm.tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true }));
  const run = async (options: Omit<RolloutOptions, "observe"> = {}): Promise<Scores> =>
    scoreAnswers(items, await rollout(lm, prompts, { observe, ...options }));
  const greedy = await run();
  const samples: number[] = [];
  for (const draw of [1, 2, 3]) {
    const random = createRandom("probe").fork(draw);
    samples.push((await run({ temperature: 1, random })).accuracy);
  }
  const openings = items.map(({ prompt }) => workedOpening(skill, prompt[0]?.content ?? ""));
  const latent = await run({ openings });
  const sampled = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const [g, w, s, l] = [greedy.accuracy, greedy.worked, sampled, latent.accuracy].map((x) => (100 * x).toFixed(1));
  return `${skill} ${g} (worked ${w}) sampled ${s} latent ${l}`;
}

/** The folders that hold a model, here or one level down. */
async function modelFolders(asked: readonly string[]): Promise<string[]> {
  const models = fileURLToPath(new URL("../models/", import.meta.url));
  const roots = asked.length > 0 ? asked : (await readdir(models)).map((name) => join(models, name));
  const found: string[] = [];
  for (const root of roots) {
    const names = await readdir(root);
    if (names.includes("config.json")) found.push(root);
    else found.push(...names.toSorted().map((name) => join(root, name)));
  }
  return found;
}

const runtime = await createRuntime("onnx");
const items = new Map<SkillName, Item[]>();
for (const skill of skillNames) items.set(skill, await readLines<Item>(`${skill}.dev.jsonl`));
for (const folder of await modelFolders(process.argv.slice(2))) {
  const lm = await loadCausalLm(folder, { runtime });
  const name = basename(folder);
  const parts: string[] = [];
  for (const [skill, questions] of items) {
    // A specialist knows its own skill only.
    if (name.startsWith("weak-") && !name.includes(skill)) continue;
    parts.push(await probe(lm, skill, questions));
  }
  console.log(`${name.padEnd(18)} ${parts.join(" | ")}`);
  await lm.dispose();
}
