import type { z } from "zod";

/** Long enough to know the value again. */
const SHOWN = 60;

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

const valueAt = (document: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], document);

const keyOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? "(whole)"
    : path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${String(part)}`)).join("");

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return issue.expected;
  if (issue.code === "invalid_value") return issue.values.map(show).join(" or ");
  if (issue.code === "invalid_union") return [...new Set(issue.errors.flat().map(expected))].join(" or ");
  return issue.message;
}

/** `KEY — expected …, got …` */
export const describeIssue = (document: unknown, issue: z.core.$ZodIssue): string =>
  `${keyOf(issue.path)} — expected ${expected(issue)}, got ${show(valueAt(document, issue.path))}`;
