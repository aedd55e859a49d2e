import { z } from "zod";
import { contentHash } from "../content-hash.ts";
import { DpoError } from "../errors.ts";
import { columnsLeftOut } from "./prompt-columns.ts";
import { type RowShape, rowShapes } from "./row-shapes.ts";
import { readTools } from "./row-tools.ts";
import { readTemplateVariables } from "./template-variables.ts";
import type { TrainingPair } from "./training-pair.ts";

const show = (value: unknown): string => {
  const json = JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner));
  return value === undefined ? "nothing" : json.length > 60 ? `${json.slice(0, 60)}…` : json;
};

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `expected ${issue.expected}`;
  if (issue.code === "invalid_value") return `expected ${issue.values.map(show).join(" | ")}`;
  return issue.message;
}

const describeIssue = (issue: z.core.$ZodIssue): string =>
  `${issue.path.join(".")} — ${expectedBy(issue)}, got ${show(issue.input)}`;

/** Columns of what no text model reads. */
const unsupported = ["images", "image", "videos", "video", "audios", "audio"];
const isEmpty = (value: unknown): boolean =>
  value == null || (typeof value === "object" && Object.keys(value).length === 0) || value === "";

/** Columns that a chat template is given beside the messages. */
const forTemplate = {
  tools: { read: readTools, expected: "a list in OpenAI's schema, or its JSON" },
  chat_template_kwargs: { read: readTemplateVariables, expected: "an object, or its JSON" },
} as const;

interface TemplateColumns {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

function templateColumns(row: Readonly<Record<string, unknown>>, isText: boolean): TemplateColumns {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [column, { read, expected }] of Object.entries(forTemplate)) {
    if (isEmpty(row[column])) continue;
    const value = read(row[column]);
    const problem =
      value === undefined
        ? expected
        : isText && !isEmpty(value)
          ? "none with texts, which no template renders"
          : undefined;
    if (problem !== undefined) problems.push(`${column} — expected ${problem}, got ${show(row[column])}`);
    else if (!isEmpty(value)) values[column] = value;
  }
  return { values, problems };
}

/** A row's columns that say something. Parquet has every column in every row. */
function columnsOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
  return "system_prompt" in given && !("system" in given) ? { ...given, system: given["system_prompt"] } : given;
}

/**
 * A pair from a row of a preference data set, in whichever shape it comes (`rowShapes`). A column that may be part of a prompt and is not said
 * in the pair is an error; columns of other names are passed over. A row without `prompt_id` is named by the sha256 of its prompt.
 *
 * @throws {DpoError} E_ROW with all that is wrong; `where` names its place
 */
export function pairFromRow(row: Readonly<Record<string, unknown>>, where: string): TrainingPair {
  const given = columnsOf(row);
  const [name, shape] = Object.entries<RowShape>(rowShapes).find(([, { is }]) => is(given))!;
  const problems = unsupported
    .filter((column) => !isEmpty(given[column]))
    .map((column) => `${column} — expected none, as models of text are trained, got ${show(given[column])}`);
  const parsed = shape.parse.safeParse(given, { reportInput: true });
  if (!parsed.success) problems.push(...parsed.error.issues.map(describeIssue));
  else if (parsed.data.prompt.length === 0) problems.push("prompt — expected one that both answers share, got none");
  else {
    const leftOut = columnsLeftOut(given, parsed.data).filter((column) => !shape.rewrites?.includes(column));
    for (const column of leftOut) {
      const expected = "its words in the prompt, which this shape does not take from there; rename or remove it";
      problems.push(`${column} — expected ${expected}, got ${show(given[column])}`);
    }
  }
  const template = templateColumns(given, typeof parsed.data?.prompt === "string");
  problems.push(...template.problems);
  if (problems.length > 0 || !parsed.success) {
    const lines = problems.map((problem) => `${where}: ${problem}`).join("\n");
    throw new DpoError("E_ROW", `${lines} (read as a row of shape ${name})`);
  }
  const id = given["prompt_id"];
  const prompt_id = typeof id === "string" && id !== "" ? id : contentHash([parsed.data.prompt]);
  return { ...parsed.data, prompt_id, ...template.values } as TrainingPair;
}
