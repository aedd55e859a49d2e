import { basename } from "node:path";

import type { Sampling } from "../engine/answer-settings.ts";
import { greedy } from "../engine/greedy.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";

export type RowKind = "base" | "weak" | "single" | "merge" | "control";

/** One model of the table. */
export interface EvalRow {
  /** Its folder below `eval/`, and its name in the table. */
  readonly name: string;
  readonly kind: RowKind;
  /** As the recipe names it. */
  readonly model: string;
  /** The stage that makes its adapter; null for a model as it is. */
  readonly adapter: string | null;
  readonly sampling: Sampling;
}

/**
 * Every model a recipe compares, in the table's order: the base; the models of the pairs, greedy, and once more as they are
 * sampled; each delta alone; the merges; the controls.
 */
export function evalRows({ base, pairs, merge, controls }: Recipe): EvalRow[] {
  const adapted = (kind: RowKind, stage: string, names: readonly string[]): EvalRow[] =>
    names.map((name) => ({ name, kind, model: base, adapter: `${stage}/${name}`, sampling: greedy }));
  const own = [
    ...adapted("single", "train", Object.keys(pairs)),
    ...adapted("merge", "merge", Object.keys(merge)),
    ...adapted("control", "train", Object.keys(controls)),
  ];
  const taken = new Set(["base", ...own.map(({ name }) => name)]);
  return [
    { name: "base", kind: "base", model: base, adapter: null, sampling: greedy },
    ...weakRows(pairs, taken),
    ...own,
  ];
}

/** Models are named by their folders; one whose name is taken gets a number. */
function weakRows(pairs: Recipe["pairs"], taken: Set<string>): EvalRow[] {
  const all = Object.values(pairs).flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const sides = all.filter((side) => typeof side !== "string"); // models of generate.models are not evaluated
  const names = new Map<string, string>();
  for (const { model } of sides) if (!names.has(model)) names.set(model, freeName(basename(model), taken));

  const rows = new Map<string, EvalRow>();
  const add = (name: string, model: string, sampling: Sampling): void => {
    const key = JSON.stringify([model, sampling]);
    if (!rows.has(key)) rows.set(key, { name, kind: "weak", model, adapter: null, sampling });
  };
  for (const [model, name] of names) {
    add(name, model, greedy);
    for (const { model: other, ...sampling } of sides) {
      if (other !== model || sampling.temperature === 0) continue;
      add(
        freeName(`${name}-T${sampling.temperature}`, new Set([...rows.values()].map((row) => row.name))),
        model,
        sampling,
      );
    }
  }
  return [...rows.values()];
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`;
  taken.add(name);
  return name;
}
