import type { MergeOptions } from "../merge-options.ts";
import type { SettingRule } from "./setting.ts";

type WeightOptions = Pick<MergeOptions, "weights" | "weightsBy" | "normalise">;
type Weight = number | number[];

/** What is wrong with one model's weights. */
export interface WeightProblem {
  readonly model: number;
  readonly message: string;
}

/**
 * Models' weight rules as our options: `weights` where they are numbers, else `weightsBy`. A rule of ours holds every
 * model's weight, so models with filters must have the same ones in the same order.
 */
export function weightOptions(
  models: readonly (readonly SettingRule[])[],
  { normalize }: { readonly normalize: boolean },
): { readonly options: WeightOptions } | { readonly problems: readonly WeightProblem[] } {
  const filters = models.map((rules) => rules.slice(0, -1).map(({ filter }) => filter));
  const shared = filters.find((list) => list.length > 0) ?? [];
  const problems = models.flatMap((rules, model): WeightProblem[] => {
    if (rules.length === 0) return [{ model, message: "expected a weight" }];
    if (rules.some(({ value }) => typeof value === "boolean")) return [{ model, message: "expected numbers" }];
    if (rules.at(-1)!.filter !== "") return [{ model, message: "expected a last value without a filter" }];
    const own = filters[model]!;
    const differs = own.length > 0 && (own.length !== shared.length || own.some((filter, i) => filter !== shared[i]));
    return differs
      ? [{ model, message: `expected the other models' filters in their order, ${shared.join(", ")}` }]
      : [];
  });
  if (problems.length > 0) return { problems };

  const rows = [...shared, ""].map((filter, i) => {
    const weights = models.map((rules) => (rules.length === 1 ? rules[0]! : rules[i]!).value as Weight);
    return { filter, weights };
  });
  const signed = rows.some(({ weights }) => weights.some((weight) => [weight].flat().some((one) => one < 0)));
  if (normalize && signed) return normalised(rows);
  const [only] = rows;
  const plain = rows.length === 1 && only!.weights.every((weight) => typeof weight === "number");
  return {
    options: {
      ...(plain ? { weights: only!.weights as number[] } : { weightsBy: rows }),
      normalise: normalize ? "mean" : "sum",
    },
  };
}

/** mergekit divides by the sum of the weights with their signs, ours by the sum of their sizes: divided here. */
function normalised(
  rows: readonly { readonly filter: string; readonly weights: readonly Weight[] }[],
): { readonly options: WeightOptions } | { readonly problems: readonly WeightProblem[] } {
  const problems: WeightProblem[] = [];
  const weightsBy = rows.map(({ filter, weights }) => {
    const model = weights.findIndex((weight) => typeof weight !== "number");
    if (model >= 0) problems.push({ model, message: "expected numbers where weights are negative and normalised" });
    const sum = weights.reduce<number>((total, weight) => total + (typeof weight === "number" ? weight : 0), 0);
    // mergekit's rule for a sum of nothing.
    const divisor = Math.abs(sum) < 1e-8 ? 1 : sum;
    return { filter, weights: weights.map((weight) => (typeof weight === "number" ? weight / divisor : weight)) };
  });
  return problems.length > 0 ? { problems } : { options: { weightsBy, normalise: "sum" } };
}
