import { expect, test } from "vitest";
import { z } from "zod";

import { describeIssue } from "./describe-issue.ts";

const describe = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error!.issues.map((issue) => describeIssue(value, issue));

test.each([
  [z.object({ a: z.object({ b: z.number() }) }), { a: {} }, "a.b — expected number, got nothing"],
  [z.object({ a: z.array(z.string()) }), { a: ["x", 2] }, "a[1] — expected string, got 2"],
  [z.object({ level: z.enum(["good", "note"]) }), { level: "bad" }, 'level — expected "good" or "note", got "bad"'],
  [z.object({ a: z.union([z.string(), z.array(z.string())]) }), { a: 1 }, "a — expected string or array, got 1"],
  [z.object({ a: z.number() }), null, "(whole) — expected object, got null"],
  [z.object({ a: z.number() }), { a: { b: 1 } }, "a — expected number, got an object"],
  [z.object({ a: z.number() }), { a: "x".repeat(100) }, `a — expected number, got "${"x".repeat(59)}…`],
  [
    z.object({ a: z.array(z.number()).min(1) }),
    { a: [] },
    "a — expected Too small: expected array to have >=1 items, got a list of 0",
  ],
])("%# says key, expected and got", (schema, value, expected) => {
  expect(describe(schema, value)).toEqual([expected]);
});
