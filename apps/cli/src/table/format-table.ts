import { textTable } from "../print/text-table.ts";
import { formatAblations } from "./ablation-table.ts";
import type { Difference, Interval, Table } from "./table.ts";

/** The table as text for a terminal. */
export function formatTable(table: Table): string {
  const { head, rows } = cells(table);
  const { ablations = [] } = table;
  return [textTable(head, rows), caption(table), ...(ablations.length === 0 ? [] : [formatAblations(ablations)])].join(
    "\n\n",
  );
}

/** The table as Markdown: `table.md`. */
export function markdownTable(table: Table): string {
  const { head, rows } = cells(table);
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  const rule = head.map((_, i) => (i < 2 ? "---" : "---:"));
  const { ablations = [] } = table;
  const shown = ablations.length === 0 ? "" : `\n\`\`\`text\n${formatAblations(ablations)}\n\`\`\`\n`;
  return `${[line(head), line(rule), ...rows.map(line)].join("\n")}\n\n${caption(table)}\n${shown}`;
}

function cells({ rows, items, best_single: best }: Table): { head: string[]; rows: string[][] } {
  const skills = Object.keys(items);
  const references = (["base", "best_single", "joint"] as const).filter((key) =>
    rows.some(({ paired }) => paired[key]),
  );
  const names = { base: "− base", best_single: `− best single (${best})`, joint: "− joint" };
  return {
    head: ["model", "kind", ...skills, "average", ...references.map((key) => names[key])],
    rows: rows.map(({ model, kind, skills: scores, average, paired }) => [
      model,
      kind,
      ...skills.map((skill) => percent(scores[skill]!)),
      percent(average),
      ...references.map((key) => points(paired[key])),
    ]),
  };
}

/** `56.2 ±4.9`: percent, and half the width of the 95 % interval. */
function percent({ value, low, high }: Interval): string {
  return `${(100 * value).toFixed(1)} ±${(50 * (high - low)).toFixed(1)}`;
}

/** `+10.2 ±2.3 p .0005`: points, half the width of the interval, and the p of the paired test. */
function points(found: Difference | undefined): string {
  if (found === undefined) return "";
  const { difference, low, high, p } = found;
  const sign = difference < 0 ? "−" : "+";
  const rounded = p < 0.001 ? "p<.001" : `p=${p.toFixed(3).replace(/^0/, "")}`;
  return `${sign}${Math.abs(100 * difference).toFixed(1)} ±${(50 * (high - low)).toFixed(1)} ${rounded}`;
}

function caption({ name, seed, items, best_single: best }: Table): string {
  const counts = Object.entries(items).map(([skill, count]) => `${skill} ${count}`);
  return [
    `${name}, seed ${seed}. Exact match in percent on held-out items (${counts.join(", ")}), average over skills.`,
    "± is half of a 95 % bootstrap interval over clusters of items; p is of a paired sign-flip test on the average.",
    ...(best === null ? [] : [`The best single delta, ${best}, was picked on these very items, which favours it.`]),
  ].join("\n");
}
