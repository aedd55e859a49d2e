import type { Recipe, RecipeMerge } from "./recipe-schema.ts";

/** A merge of some of another merge's deltas. */
interface Subset {
  /** Its name as a merge, and in the table. */
  readonly row: string;
  readonly deltas: readonly string[];
}

/** What a merge's `ablate` asks for: the same merge of fewer deltas. */
export interface Ablation {
  readonly merge: string;
  /** The first delta, the first two, … up to all, in the recipe's order; the last is the merge itself. */
  readonly scaling: readonly Subset[];
  /** All but one. */
  readonly leaveOneOut: readonly (Subset & { readonly without: string })[];
}

function ablationOf(merge: string, { ablate = [], adapters }: RecipeMerge, pairs: Recipe["pairs"]): Ablation {
  const all = adapters === "all" ? Object.keys(pairs) : adapters;
  const first = (count: number): Subset => ({
    row: count === all.length ? merge : `${merge}-${count}of${all.length}`,
    deltas: all.slice(0, count),
  });
  const scaling = ablate.includes("scaling") ? all.map((_, i) => first(i + 1)) : [];
  const without = (place: number): Subset =>
    // Without the last is the first ones: not computed twice.
    scaling.length > 0 && place === all.length - 1
      ? first(place)
      : { row: `${merge}-without-${all[place]!}`, deltas: all.toSpliced(place, 1) };
  const leaveOneOut = ablate.includes("leave_one_out") ? all.map((name, i) => ({ without: name, ...without(i) })) : [];
  return { merge, scaling, leaveOneOut };
}

/** Of every merge that asks for it. */
export const ablationsOf = ({ merge, pairs }: Pick<Recipe, "merge" | "pairs">): Ablation[] =>
  Object.entries(merge)
    .filter(([, { ablate = [] }]) => ablate.length > 0)
    .map(([name, options]) => ablationOf(name, options, pairs));

/** The names that ablations add. */
export const ablationRows = ({ merge, scaling, leaveOneOut }: Ablation): Subset[] => {
  const rows = new Map([...scaling, ...leaveOneOut].map(({ row, deltas }) => [row, { row, deltas }]));
  rows.delete(merge);
  return [...rows.values()];
};

/** The recipe with a merge for every subset of deltas that its merges ask for; λ is searched for each anew. */
export function withAblations(recipe: Recipe): Recipe {
  const added = ablationsOf(recipe).flatMap((ablation) => {
    const { ablate: _, ...options } = recipe.merge[ablation.merge]!;
    const all = options.adapters === "all" ? Object.keys(recipe.pairs) : options.adapters;
    return ablationRows(ablation).map(({ row, deltas }): [string, RecipeMerge] => {
      const weights = options.weights?.filter((_weight, i) => deltas.includes(all[i]!));
      return [row, { ...options, adapters: [...deltas], ...(weights === undefined ? {} : { weights }) } as RecipeMerge];
    });
  });
  return { ...recipe, merge: { ...recipe.merge, ...Object.fromEntries(added) } };
}
