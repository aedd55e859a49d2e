import type { z } from "zod";

import type { ConfigSource } from "./config-source.ts";
import { describeValue } from "./describe-value.ts";
import { expectedKeys } from "./expected-keys.ts";
import { formatKeyPath, valueAt } from "./key-path.ts";
import type { KeyPath } from "./key-path.ts";
import { nearest } from "./nearest.ts";

/** One zod issue as lines of `place  key: expected …, found …`; an issue about several unknown keys gives one each. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  { schema, source }: { schema: z.ZodType; source: ConfigSource },
): string[] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const found = valueAt(source.value, path);
  const line = (at: KeyPath, text: string): string => `${source.place(at)}  ${formatKeyPath(at)}: ${text}`;

  switch (issue.code) {
    case "unrecognized_keys": {
      const known = expectedKeys(schema, { value: source.value, path });
      return issue.keys.map((key) => line([...path, key], `unknown key${hint(key, known)}`));
    }
    case "invalid_key":
      return [line(path, `unusable name; ${issue.issues.map((inner) => inner.message).join("; ")}`)];
    case "invalid_union": {
      // zod reports a failed discriminator as a union without branches, and any other as what each branch had against it.
      const branches = closestBranch(issue.errors);
      if (branches.length === 0) return [line(path, unionMessage(issue, found))];
      return branches.flatMap((inner) =>
        describeIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, { schema, source }),
      );
    }
    case "invalid_type":
      return [line(path, `expected ${issue.expected}, found ${describeValue(found)}`)];
    case "invalid_value":
      return [line(path, `expected ${issue.values.map(String).join(" or ")}, found ${describeValue(found)}`)];
    case "too_small":
    case "too_big":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_element":
    case "custom":
      return [line(path, `${issue.message}, found ${describeValue(found)}`)];
  }
}

/** The branch that came nearest: the one whose first complaint lies deepest, since its shape was recognised. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((one) => one.path.length));
  return branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion, found: unknown): string {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  return options.length === 0 ? issue.message : `expected ${options.join(" or ")}, found ${describeValue(found)}`;
}

function hint(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return known.length === 0 ? "" : `; expected one of ${known.join(", ")}`;
}
