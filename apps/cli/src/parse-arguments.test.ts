import { expect, test } from "vitest";

import { parseArguments } from "./parse-arguments.ts";
import type { CommandArguments } from "./parse-arguments.ts";

const definitions = {
  recipe: { type: "positional", required: true },
  out: { type: "string" },
  set: { type: "string", repeatable: true },
  "dry-run": { type: "boolean" },
} satisfies CommandArguments;

function problems(raw: string[], using: CommandArguments = definitions): readonly string[] {
  try {
    parseArguments(raw, using);
  } catch (error) {
    expect(error).toMatchObject({ code: "E_USAGE", exitCode: 2 });
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error("nothing was refused");
}

test("options, flags, repeated options and positionals", () => {
  expect(parseArguments(["r.yaml", "--set", "a=1", "--dry-run", "--set=b=2", "--out", "x y"], definitions)).toEqual({
    positionals: ["r.yaml"],
    values: { set: "b=2", out: "x y" },
    lists: { set: ["a=1", "b=2"], out: ["x y"] },
    flags: new Set(["dry-run"]),
  });
});

test("every problem is told at once", () => {
  expect(problems(["--ot", "x", "--only", "--dry-run=yes", "--out", "a", "--out=b", "--set", "--dry-run"])).toEqual([
    "--ot: unknown option; did you mean --out?",
    "--only: unknown option; expected one of --out, --set, --dry-run",
    '--dry-run: takes no value, found "yes"',
    "--out: given twice",
    "--set: expected a value, found --dry-run",
  ]);
  expect(problems([])).toEqual(["RECIPE: missing"]);
  expect(problems(["a", "b"])).toEqual(["b: one argument too many"]);
  expect(problems(["a", "-o", "x"])).toEqual([
    "-o: unknown option; expected one of --out, --set, --dry-run",
    "x: one argument too many",
  ]);
});

test("values after -- are positionals; a negative number is a value when joined by =", () => {
  expect(parseArguments(["--out=-1", "--", "--x"], definitions)).toMatchObject({
    positionals: ["--x"],
    values: { out: "-1" },
  });
});

test("a positional that takes the rest, and an option that must be there", () => {
  const using = { adapter: { type: "positional", rest: true }, out: { type: "string", required: true } } as const;
  expect(parseArguments(["a", "b", "--out", "c"], using).positionals).toEqual(["a", "b"]);
  expect(problems([], using)).toEqual(["ADAPTER: missing", "--out: missing"]);
});
