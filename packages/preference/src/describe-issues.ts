import type { z } from "zod";

const show = (value: unknown): string => {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

const valueAt = (row: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], row);

const keyOf = (path: readonly PropertyKey[]): string => {
  const [first, ...rest] = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
  return first === undefined ? "row" : first.replace(/^\./, "") + rest.join("");
};

function describe(row: unknown, issue: z.core.$ZodIssue): string[] {
  const { path } = issue;
  const say = (expected: string, at: readonly PropertyKey[] = path) =>
    `${keyOf(at)} — expected ${expected}, got ${show(valueAt(row, at))}`;
  if (issue.code === "invalid_type") return [say(issue.expected)];
  if (issue.code === "invalid_value") return [say(issue.values.map(show).join(" | "))];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => say("no such key", [...path, key]));
  if (issue.code === "too_small") return [say(issue.origin === "array" ? "at least one entry" : "some text")];
  return [say(issue.message)];
}

/** A row's problems, all of them: `KEY — expected …, got …`. */
export const describeIssues = (row: unknown, issues: readonly z.core.$ZodIssue[]): string[] =>
  issues.flatMap((issue) => describe(row, issue));
