import type { Item } from "@prefdelta/preference";
import { readItems } from "@prefdelta/preference/node";

import { CliError } from "../errors.ts";

/** Items that can be marked: each has an answer. Looked at before a model is asked. @throws CliError E_INPUT, PreferenceError */
export async function readGradedItems(path: string): Promise<Item[]> {
  const items = await readItems(path);
  const without = items.filter(({ answers }) => answers === undefined || answers.length === 0);
  if (without.length === 0) return items;
  const first = `${path}: item "${without[0]!.id}": answers — expected at least one to mark by, found none`;
  const others = without.length === 1 ? "" : ` (and ${without.length - 1} more)`;
  throw new CliError("E_INPUT", first + others);
}
