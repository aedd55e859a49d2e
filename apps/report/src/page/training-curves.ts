import type { LineStyle, Series } from "../chart/series.ts";
import type { LogRow } from "../read/training-schema.ts";

/** One chart of a training. */
interface Curves {
  readonly title: string;
  readonly unit?: string;
  readonly series: readonly Series[];
  readonly within?: readonly [number, number];
}

/** What is drawn, by TRL's names; the second metric of a chart is the one that is to fall. */
const charts: readonly {
  title: string;
  metrics: readonly string[];
  unit?: string;
  within?: readonly [number, number];
}[] = [
  { title: "loss", metrics: ["loss"] },
  { title: "rewards/margins", metrics: ["rewards/margins"] },
  { title: "rewards/accuracies", metrics: ["rewards/accuracies"], within: [0, 1] },
  { title: "logps", unit: "nats an answer", metrics: ["logps/chosen", "logps/rejected"] },
];

/** The charts of a log: those of metrics that it has, with its evaluations as points. */
export function curvesOf(log: readonly LogRow[]): Curves[] {
  return charts.flatMap(({ metrics, ...chart }) => {
    const series = metrics.flatMap((metric, i) => [
      ...seriesOf(log, metric, { name: nameOf(metric, metrics), style: i === 0 ? "first" : "second" }),
      ...seriesOf(log, `eval_${metric}`, {
        name: metrics.length === 1 ? "eval" : `${nameOf(metric, metrics)}, eval`,
        style: "rings",
      }),
    ]);
    return series.length === 0 ? [] : [{ ...chart, series }];
  });
}

/** `logps/chosen` is chosen; a metric that stands alone is what the steps were trained on. */
const nameOf = (metric: string, metrics: readonly string[]): string =>
  metrics.length === 1 ? "training" : metric.slice(metric.indexOf("/") + 1);

/** None where the log does not have the metric. */
function seriesOf(
  log: readonly LogRow[],
  metric: string,
  line: { readonly name: string; readonly style: LineStyle },
): Series[] {
  const points = log.flatMap((row) => (row[metric] === undefined ? [] : [{ x: row.step, y: row[metric] }]));
  return points.length === 0 ? [] : [{ ...line, points }];
}
