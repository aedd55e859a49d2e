import type { AdapterOutline } from "./adapter.ts";
import { targetModules } from "./portable-config.ts";

/** What a caller adds to an adapter's README. */
export interface CardOptions {
  readonly title?: string;
  /** Markdown between the title and the tables. */
  readonly text?: string;
  /** Beside "lora" and the base model's own. */
  readonly tags?: readonly string[];
}

/** The README.md of an adapter folder: the Hub's front matter, what the adapter is, where it comes from. */
export function modelCard(
  adapter: AdapterOutline,
  {
    rank,
    dtype,
    merged = false,
    card = {},
  }: {
    /** Rank and scale in words. */
    readonly rank: string;
    readonly dtype: string;
    /** Whether the folder holds the base with the update added in. */
    readonly merged?: boolean;
    readonly card?: CardOptions | undefined;
  },
): string {
  const { baseModel, modules, metadata } = adapter;
  const tags = new Set([
    "lora",
    ...(card.tags ?? []),
    ...(baseModel === null ? [] : [`base_model:${merged ? "finetune" : "adapter"}:${baseModel}`]),
  ]);
  const frontMatter = [
    ...(baseModel === null ? [] : [`base_model: ${yamlString(baseModel)}`]),
    `library_name: ${merged ? "transformers" : "peft"}`,
    "tags:",
    ...[...tags].toSorted().map((tag) => `- ${yamlString(tag)}`),
  ];
  const facts = [
    ["base model", baseModel ?? "not recorded"],
    ["rank", rank],
    ["layers", `${modules.size}: ${targetModules(modules.keys()).join(", ")}`],
    ["dtype", dtype],
  ] as const;
  const provenance = [...metadata].filter(([key]) => key !== "format").toSorted(([a], [b]) => (a < b ? -1 : 1));
  const sections = [
    ["---", ...frontMatter, "---"].join("\n"),
    `# ${card.title ?? "LoRA adapter"}`,
    ...(card.text === undefined ? [] : [card.text.trim()]),
    table(["LoRA", ""], facts),
    ...(provenance.length === 0 ? [] : ["## Provenance", table(["", ""], provenance)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** A plain scalar where YAML reads it as the same string, else a quoted one (JSON's strings are YAML's). */
function yamlString(text: string): string {
  const plain = /^[A-Za-z][\w./-]*(:[\w./-]+)*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll(/\r?\n/g, " ");
}
