import type { LogRow } from "../log/trainer-log.ts";
import { type Series, seriesOf, windows } from "./series.ts";

/** What a run's curves say, in words; nothing that follows from one step. */
export interface RunVerdict {
  readonly name: VerdictName;
  readonly message: string;
}

interface Curves {
  /** A metric's training curve, in windows of a tenth of the run (four steps at least). */
  readonly of: (metric: string) => Series;
  /** A metric as it was logged, without windows. */
  readonly raw: (metric: string) => Series;
  readonly beta: number;
}

type Rule = (curves: Curves) => string | undefined;

const first = ({ values }: Series): number => values[0]!;
const last = ({ values }: Series): number => values.at(-1)!;
const round = (value: number): string => String(Number(value.toPrecision(3)));

/** Where a curve was highest. */
function peakOf({ steps, values }: Series): { readonly at: number; readonly step: number; readonly value: number } {
  const value = Math.max(...values);
  const at = values.indexOf(value);
  return { at, step: steps[at]!, value };
}

/** Every rule that a run can break, most telling first. Curves that the loss does not have are empty. */
const rules = {
  /** The rejected answers end up preferred. */
  negative_margins({ of }) {
    const margins = of("rewards/margins");
    if (margins.values.length < 2 || last(margins) >= 0) return undefined;
    const since = margins.values.findLastIndex((value) => value >= 0) + 1;
    return `margins are negative since step ${margins.steps[since]} (${round(last(margins))} at the end): the rejected answers are preferred`;
  },
  /** What was gained is lost again. */
  falling_margins({ of }) {
    const margins = of("rewards/margins");
    if (margins.values.length < 3) return undefined;
    const peak = peakOf(margins);
    const isLost = peak.value > 0 && last(margins) < 0.75 * peak.value && peak.at < margins.values.length - 1;
    if (!isLost) return undefined;
    return `margins fall since step ${peak.step}: from ${round(peak.value)} to ${round(last(margins))}; stop earlier, or lower the learning rate`;
  },
  /** Likelihood displacement: both answers become unlikely, the rejected one more so. */
  chosen_collapses({ of, beta }) {
    const chosen = of("rewards_per_token/chosen");
    if (chosen.values.length < 2) return undefined;
    const perToken = last(chosen) / beta;
    if (perToken > -0.5) return undefined;
    const since = chosen.values.findIndex((value) => value / beta <= -0.5);
    return `chosen log-prob collapses: since step ${chosen.steps[since]} the chosen answers' tokens are ${round(-perToken)} nats less likely than to the base; mix in sft, raise β, or lower the learning rate`;
  },
  /** Learning has not begun. */
  loss_stands({ of }) {
    const loss = of("loss");
    if (loss.values.length < 3 || last(loss) < 0.995 * first(loss)) return undefined;
    return `the loss has not fallen: ${round(first(loss))} in the first steps, ${round(last(loss))} in the last; raise the learning rate, or train longer`;
  },
  /** Nothing is left to learn. */
  saturated({ of }) {
    const loss = of("loss");
    const accuracy = of("rewards/accuracies");
    if (loss.values.length < 3 || accuracy.values.length < 3) return undefined;
    const at = loss.values.findIndex((value, i) => Math.abs(value) < 0.01 && accuracy.values[i] === 1);
    if (at === -1 || at >= loss.values.length / 2) return undefined;
    return `nothing was left to learn since step ${loss.steps[at]}: every pair told apart, loss below 0.01; half of the steps would do`;
  },
  /** The held-out loss has turned. */
  overfit({ raw }) {
    const { steps, values } = raw("eval_loss");
    const best = Math.min(...values);
    const at = values.indexOf(best);
    if (values.length - at < 3 || values.at(-1)! <= best + 0.02 * Math.abs(best)) return undefined;
    return `the evaluation loss rises since step ${steps[at]}: from ${round(best)} to ${round(values.at(-1)!)}; load_best_model_at_end keeps the best`;
  },
} as const satisfies Record<string, Rule>;

type VerdictName = keyof typeof rules;

/** Steps below which curves say nothing. */
const FEWEST_STEPS = 12;

/** Verdicts on a finished run, from its log (training and evaluation rows as they stand in trainer_log.jsonl) and its β. */
export function runVerdicts(rows: readonly LogRow[], { beta }: { readonly beta: number }): RunVerdict[] {
  const { values } = seriesOf(rows, "loss");
  if (values.length < FEWEST_STEPS) return [];
  const width = Math.max(4, Math.floor(values.length / 10));
  const raw = (metric: string): Series => seriesOf(rows, metric);
  const curves = { of: (metric: string) => windows(raw(metric), width), raw, beta };
  return Object.entries<Rule>(rules).flatMap(([name, rule]) => {
    const message = rule(curves);
    return message === undefined ? [] : [{ name: name as VerdictName, message }];
  });
}
