import { type LossSettings, lossNamesOf } from "./configured-loss.ts";
import type { DpoLoss } from "./dpo-loss.ts";
import { losses, type LossName } from "./losses.ts";

export interface Problem {
  readonly path: string[];
  readonly message: string;
}

type Rules = Generator<Problem>;
type UncheckedLoss = Omit<LossSettings, "beta"> & {
  readonly beta: number | null;
  readonly ld_alpha: number | null;
  readonly reference: string;
};

const rowOf = (name: LossName): DpoLoss => losses[name];
const namesWhere = (wanted: (row: DpoLoss) => boolean): string =>
  Object.values<DpoLoss>(losses)
    .filter(wanted)
    .map(({ name }) => name)
    .join(", ");

function* mixRules(settings: UncheckedLoss): Rules {
  const names = lossNamesOf(settings);
  const { loss_weights, beta } = settings;
  if (loss_weights !== null && loss_weights.length !== names.length) {
    const message = `expected one for each loss (${names.join(", ")}), got ${loss_weights.length}`;
    yield { path: ["loss_weights"], message };
  }
  const defaults = names.filter((name) => name !== "sft").map((name) => [name, rowOf(name).defaultBeta] as const);
  if (beta === null && new Set(defaults.map(([, value]) => value)).size > 1) {
    const values = defaults.map(([name, value]) => `${name} ${value}`).join(", ");
    yield { path: ["beta"], message: `expected one that suits all losses, for their defaults differ (${values})` };
  }
}

function* smoothingRules({ label_smoothing, ...settings }: UncheckedLoss): Rules {
  const rows = lossNamesOf(settings).map(rowOf);
  for (const { name, labelSmoothing } of rows) {
    if (!labelSmoothing || labelSmoothing.allows(label_smoothing)) continue;
    const hint = name === "exo_pair" ? "; its paper takes 0.001" : "";
    const message = `expected a value ${labelSmoothing.expected} for ${name}, got ${label_smoothing}${hint}`;
    yield { path: ["label_smoothing"], message };
  }
  if (label_smoothing > 0 && !rows.some(({ labelSmoothing }) => labelSmoothing)) {
    const known = namesWhere((row) => row.labelSmoothing !== undefined);
    const message = `expected 0 for ${rows.map(({ name }) => name).join(", ")}, got ${label_smoothing}; it is known to ${known} (conservative DPO is robust)`;
    yield { path: ["label_smoothing"], message };
  }
}

/** Whether its pairs have no weight of their own, or only one answer. */
const isUnweighable = (row: DpoLoss): boolean => row.mixesPairs === true || !row.needsRejected;

/** What the named losses do not go with: each refusal names the losses it is about. */
function* refusals(settings: UncheckedLoss): Rules {
  const names = lossNamesOf(settings);
  const refuse = function* (path: string, expected: string, isRefused: (row: DpoLoss) => boolean): Rules {
    const refused = names.filter((name) => isRefused(rowOf(name)));
    if (refused.length > 0) yield { path: [path], message: `expected ${expected} for ${refused.join(", ")}` };
  };
  if (settings.f_divergence_type !== "reverse_kl") {
    const known = namesWhere((row) => row.takesDivergence);
    yield* refuse("f_divergence_type", `reverse_kl (others go with ${known})`, (row) => !row.takesDivergence);
  }
  if (settings.use_weighting) {
    yield* refuse("use_weighting", "false (pairs are mixed, or have one answer)", isUnweighable);
  }
  if (settings.reference !== "base" && !names.some((name) => rowOf(name).needsReference)) {
    yield { path: ["reference"], message: `expected base for ${names.join(", ")}, which have no reference` };
  }
  if (settings.ld_alpha !== null) {
    yield* refuse("ld_alpha", "null (it weighs log-ratios to a reference)", (row) => !row.needsReference);
  }
}

/** What makes no sense about a loss' settings, each well-formed by itself. */
export function* lossRules(settings: UncheckedLoss): Rules {
  yield* mixRules(settings);
  yield* smoothingRules(settings);
  yield* refusals(settings);
}
