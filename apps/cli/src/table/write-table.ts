import { join } from "node:path";

import type { Random } from "@prefdelta/random";

import { CliError } from "../errors.ts";
import { readOutcomes } from "../evaluation/read-outcomes.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import { exists } from "../files/workspace.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { evalRows } from "../run/eval-rows.ts";
import { ablationsOf } from "../recipe/ablations.ts";
import { buildAblations } from "./ablation-table.ts";
import { markdownTable } from "./format-table.ts";
import { buildTable } from "./table.ts";
import type { Table } from "./table.ts";

export interface WriteTableOptions {
  readonly recipe: Recipe;
  readonly versions: Readonly<Record<string, string>>;
  readonly random: Random;
}

/** Reads every evaluation of a run and writes `table.json` and `table.md`. @throws CliError E_UPSTREAM if one is not done */
export async function writeTable(folder: string, { recipe, versions, random }: WriteTableOptions): Promise<Table> {
  const { skills, draws } = recipe.eval!;
  const rows = evalRows(recipe);
  const folders = rows.map(({ name }) => join(folder, "eval", name));
  const missing = (await Promise.all(folders.map(exists))).flatMap((found, i) =>
    found ? [] : [`eval/${rows[i]!.name}`],
  );
  if (missing.length > 0) {
    throw new CliError("E_UPSTREAM", `table: needs ${missing.join(", ")}, which this run folder does not have`);
  }
  const outcomes = await Promise.all(
    rows.map(async ({ name, kind }, i) => ({
      name,
      kind,
      skills: await readOutcomes(folders[i]!, Object.keys(skills)),
    })),
  );
  const bootstrap = { random: random.fork("bootstrap"), draws };
  const rowsTable = buildTable(outcomes, { name: recipe.name, seed: recipe.seed, versions, bootstrap });
  const ablations = ablationsOf(recipe);
  const table: Table =
    ablations.length === 0 ? rowsTable : { ...rowsTable, ablations: buildAblations(ablations, outcomes, bootstrap) };
  await writeAtomic(join(folder, "table.json"), `${JSON.stringify(table, null, 2)}\n`);
  await writeAtomic(join(folder, "table.md"), markdownTable(table));
  return table;
}
