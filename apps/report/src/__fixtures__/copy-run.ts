// node copy-run.ts RUN_DIR: makes tiny-run/ of a run of apps/cli's tiny recipe, with
// `--set "merge.sum.ablate=[scaling, leave_one_out]" --set train.eval_strategy=steps --set train.eval_steps=2 --set train.val_size=2`.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const files: Record<string, readonly string[]> = {
  generate: ["counts.json", "diagnostics.json"],
  train: ["trainer_log.jsonl", "training.json"],
  merge: ["report.json"],
  eval: ["results.json"],
};

/** Modules one by one are most of a merge's report, and no part of the page. */
const withoutModules = (key: string, value: unknown): unknown =>
  ["modules", "perModule"].includes(key) && Array.isArray(value) ? undefined : value;

/** Copies the files that the page reads, and of reports what it reads of them; the model's folder becomes models/tiny. */
export async function copyRun(run: string, out: string): Promise<void> {
  const { recipe, planned } = JSON.parse(await readFile(join(run, "manifest.json"), "utf8")) as {
    recipe: { base: string };
    planned: Record<string, string>;
  };
  async function copy(name: string): Promise<void> {
    const text = (await readFile(join(run, name), "utf8")).replaceAll(recipe.base, "models/tiny");
    const kept = name.endsWith("report.json") ? `${JSON.stringify(JSON.parse(text, withoutModules), null, 1)}\n` : text;
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), kept);
  }
  for (const name of ["manifest.json", "table.json"]) await copy(name);
  for (const id of Object.keys(planned)) for (const name of files[id.split("/")[0]!]!) await copy(`${id}/${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = fileURLToPath(new URL("tiny-run", import.meta.url));
  await rm(out, { recursive: true, force: true });
  await copyRun(process.argv[2]!, out);
}
