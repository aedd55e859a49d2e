import { z } from "zod";
import { contentHash } from "../content-hash.ts";
import { DpoError } from "../errors.ts";
import { rowShapes } from "./row-shapes.ts";
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

/** Columns that change what a template renders: we render without them, so a row that has them is not the row that was meant. */
const unsupported = ["chat_template_kwargs", "images", "image"];
const isEmpty = (value: unknown): boolean =>
  value == null || (typeof value === "object" && Object.keys(value).length === 0) || value === "";

const tools = z.array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }));

/** A row's tools, as a list or as its JSON, which TRL reads alike; undefined where they are neither. */
function readTools(value: unknown): readonly object[] | undefined {
  try {
    return tools.safeParse(typeof value === "string" ? JSON.parse(value) : value).data;
  } catch {
    return undefined;
  }
}

/**
 * A pair from a row of a preference data set, in whichever shape it comes (`rowShapes`). Columns that are no part of the pair are passed over. A
 * row without `prompt_id` is named by the sha256 of its prompt.
 *
 * @throws {DpoError} E_ROW with all that is wrong; `where` names its place
 */
export function pairFromRow(row: Readonly<Record<string, unknown>>, where: string): TrainingPair {
  // Parquet has every column in every row.
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
  const [name, { parse }] = Object.entries(rowShapes).find(([, shape]) => shape.is(given))!;
  const problems = unsupported
    .filter((column) => !isEmpty(given[column]))
    .map((column) => `${column} — expected none (it is not passed to the chat template), got ${show(given[column])}`);
  const parsed = parse.safeParse(given, { reportInput: true });
  if (!parsed.success) problems.push(...parsed.error.issues.map(describeIssue));
  else if (parsed.data.prompt.length === 0) problems.push("prompt — expected one that both answers share, got none");
  const callable = isEmpty(given["tools"]) ? [] : readTools(given["tools"]);
  if (callable === undefined)
    problems.push(`tools — expected a list in OpenAI's schema, or its JSON, got ${show(given["tools"])}`);
  else if (callable.length > 0 && typeof parsed.data?.prompt === "string")
    problems.push(`tools — expected none with texts, which no template renders, got ${show(given["tools"])}`);
  if (problems.length > 0 || !parsed.success) {
    const lines = problems.map((problem) => `${where}: ${problem}`).join("\n");
    throw new DpoError("E_ROW", `${lines} (read as a row of shape ${name})`);
  }
  const id = given["prompt_id"];
  const prompt_id = typeof id === "string" && id !== "" ? id : contentHash([parsed.data.prompt]);
  return { ...parsed.data, prompt_id, ...(callable?.length ? { tools: callable } : {}) } as TrainingPair;
}
