import type { DeltaDiagnostics } from "../diagnostics/diagnose-pairs.ts";
import type { DeltaVerdict } from "../diagnostics/delta-verdicts.ts";

/** One set of pairs of a data set. */
export interface CardConfig {
  readonly name: string;
  /** Below the card's folder, `*` for any text: `upper/train-*.parquet`. */
  readonly files: string;
  readonly rows: number;
  readonly chosenModels: readonly string[];
  readonly rejectedModels: readonly string[];
  readonly diagnostics?: (DeltaDiagnostics & { readonly verdicts?: readonly DeltaVerdict[] }) | undefined;
}

export interface DatasetCardInput {
  readonly title: string;
  readonly configs: readonly CardConfig[];
}

/** The Hub's classes of size, by the first that is not too small. */
const sizes: readonly (readonly [number, string])[] = [
  [1e3, "n<1K"],
  [1e4, "1K<n<10K"],
  [1e5, "10K<n<100K"],
  [1e6, "100K<n<1M"],
  [1e7, "1M<n<10M"],
];

/** A text as YAML: JSON's texts are YAML's, too. */
const quoted = (text: string): string => JSON.stringify(text);

const list = (models: readonly string[]): string => models.map((model) => `\`${model}\``).join(", ");
const share = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const mean = (value: number | null): string => (value === null ? "–" : value.toFixed(0));

function tableRow({ name, rows, diagnostics }: CardConfig): string {
  const { length, correctness } = diagnostics ?? {};
  const cells = [
    name,
    rows,
    `${mean(length?.mean.chosen ?? null)} / ${mean(length?.mean.rejected ?? null)}`,
    `${share(correctness?.shareCorrect.chosen ?? null)} / ${share(correctness?.shareCorrect.rejected ?? null)}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The `README.md` of a data set of pairs: what the Hub and `datasets` read (YAML), and what people want to know. */
export function datasetCard({ title, configs }: DatasetCardInput): string {
  const total = configs.reduce((sum, { rows }) => sum + rows, 0);
  const size = sizes.find(([limit]) => total < limit)?.[1] ?? "n>10M";
  const yaml = [
    "---",
    `pretty_name: ${quoted(title)}`,
    "tags: [preference, dpo, trl, delta-learning, prefdelta]",
    `size_categories: [${quoted(size)}]`,
    "configs:",
    ...configs.flatMap(({ name, files }, i) => [
      `  - config_name: ${quoted(name)}`,
      ...(i === 0 && configs.length > 1 ? ["    default: true"] : []),
      "    data_files:",
      "      - split: train",
      `        path: ${quoted(files)}`,
    ]),
    "---",
  ];
  const sources = configs.map(
    ({ name, chosenModels, rejectedModels }) =>
      `- **${name}**: chosen by ${list(chosenModels)}, rejected by ${list(rejectedModels)}`,
  );
  const verdicts = configs.flatMap(({ name, diagnostics }) =>
    (diagnostics?.verdicts ?? []).map(({ text }) => `- ${name}: ${text}`),
  );
  const body = [
    `# ${title}`,
    "",
    "Preference pairs of two models' answers to the same prompts: the stronger model's answer is chosen, the weaker's rejected, and nobody judged either " +
      "(delta learning, [arXiv 2507.06187](https://arxiv.org/abs/2507.06187)).",
    "",
    ...sources,
    "",
    "| config | pairs | characters, chosen / rejected | correct, chosen / rejected |",
    "| --- | --- | --- | --- |",
    ...configs.map(tableRow),
    ...(verdicts.length === 0 ? [] : ["", "What the pairs may teach:", "", ...verdicts]),
    "",
    "Columns: `prompt`, `chosen`, `rejected` (lists of `role` and `content`), `prompt_id`, `chosen_model`, `rejected_model`. TRL's `DPOTrainer` takes the rows as they are.",
  ];
  return `${[...yaml, ...body].join("\n")}\n`;
}
