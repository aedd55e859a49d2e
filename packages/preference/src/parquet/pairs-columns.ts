import type { SchemaElement } from "hyparquet";
import { PreferenceError } from "../errors.ts";
import type { Pair } from "../pair.ts";

const text = (name: string): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
  repetition_type: "OPTIONAL",
});

/** A list of `{ role, content }`, in the three levels that Parquet's LIST type asks for. */
const messages = (name: string): SchemaElement[] => [
  { name, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" }, repetition_type: "OPTIONAL" },
  { name: "list", num_children: 1, repetition_type: "REPEATED" },
  { name: "element", num_children: 2, repetition_type: "OPTIONAL" },
  text("role"),
  text("content"),
];

const own = ["prompt", "chosen", "rejected", "prompt_id", "chosen_model", "rejected_model"];

interface ExtraKind {
  readonly is: (value: unknown) => boolean;
  readonly element: (name: string) => SchemaElement;
  readonly write: (value: unknown) => unknown;
}

/** Kinds of further columns, the first that fits. What has no fixed shape is JSON in a text. */
const extraKinds = {
  text: { is: (value) => typeof value === "string", element: text, write: (value) => value },
  number: {
    is: (value) => typeof value === "number",
    element: (name) => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }),
    write: (value) => value,
  },
  boolean: {
    is: (value) => typeof value === "boolean",
    element: (name) => ({ name, type: "BOOLEAN", repetition_type: "OPTIONAL" }),
    write: (value) => value,
  },
  json: { is: () => true, element: text, write: (value) => JSON.stringify(value) },
} satisfies Record<string, ExtraKind>;

export interface PairsColumns {
  readonly schema: SchemaElement[];
  readonly names: readonly string[];
  /** @throws PreferenceError E_ROW for a column that the first row has not, or of another kind */
  row(pair: Pair): Record<string, unknown>;
}

/** The columns of a pairs file: the pair's own, and further ones as the first row has them. */
export function pairsColumns(first: Pair | undefined): PairsColumns {
  const extras = Object.entries(first ?? {})
    .filter(([name, value]) => !own.includes(name) && value !== undefined && value !== null)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const [kind, column] = Object.entries<ExtraKind>(extraKinds).find(([, { is }]) => is(value))!;
      return { name, kind, column };
    });
  const names = [...own, ...extras.map(({ name }) => name)];
  return {
    names,
    schema: [
      { name: "root", num_children: names.length },
      ...own.slice(0, 3).flatMap(messages),
      ...own.slice(3).map(text),
      ...extras.map(({ name, column }) => column.element(name)),
    ],
    row(pair) {
      const unknown = Object.keys(pair).filter((name) => !names.includes(name) && pair[name] != null);
      const wrong = extras.filter(({ name, column }) => pair[name] != null && !column.is(pair[name]));
      const problems = [
        ...unknown.map((name) => `${pair.prompt_id}: ${name} — expected no column that the first row has not`),
        ...wrong.map(
          ({ name, kind }) => `${pair.prompt_id}: ${name} — expected ${kind}, got ${JSON.stringify(pair[name])}`,
        ),
      ];
      if (problems.length > 0) throw new PreferenceError("E_ROW", problems);
      const further = extras.map(({ name, column }) => [
        name,
        pair[name] == null ? undefined : column.write(pair[name]),
      ]);
      const { prompt, chosen, rejected, prompt_id, chosen_model, rejected_model } = pair;
      return { prompt, chosen, rejected, prompt_id, chosen_model, rejected_model, ...Object.fromEntries(further) };
    },
  };
}
