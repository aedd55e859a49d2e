import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import { createTitleIndex } from "@prefdelta/eval";
import { readCorpus } from "@prefdelta/eval/node";
import { readItems } from "@prefdelta/preference/node";
import { probeSkill } from "./probing/probe-skill.ts";
import { skillNames } from "./question.ts";

// probe [FOLDER…]: each model's accuracy per skill on the dev split, in percent. The eval split is never read here.

const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The folders that hold a model, here or one level down. */
async function modelFolders(roots: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const root of roots) {
    const names = await readdir(root);
    if (names.includes("config.json")) found.push(root);
    else found.push(...names.toSorted().map((name) => join(root, name)));
  }
  return found;
}

const asked = process.argv.slice(2);
const seeds = (await readdir(pathOf("models"))).map((name) => pathOf(`models/${name}`));
const retrieve = createTitleIndex(await readCorpus(pathOf("data/passages.jsonl")));
const runtime = await createRuntime("onnx");
console.log("model              skill   greedy worked sampled latent");
for (const folder of await modelFolders(asked.length > 0 ? asked : seeds)) {
  const name = basename(folder);
  const lm = await loadCausalLm(folder, { runtime });
  for (const skill of skillNames) {
    // A specialist knows its own skill only.
    if (name.startsWith("weak-") && !name.includes(skill)) continue;
    const items = await readItems(pathOf(`data/${skill}.dev.jsonl`));
    const { greedy, worked, sampled, latent } = await probeSkill(lm, skill, { items, retrieve });
    const columns = [greedy, worked, sampled, latent].map((share) => (100 * share).toFixed(1).padStart(6));
    console.log(`${name.padEnd(18)} ${skill.padEnd(7)} ${columns.join(" ")}`);
  }
  await lm.dispose();
}
