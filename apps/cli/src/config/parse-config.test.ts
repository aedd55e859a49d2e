import { expect, test } from "vitest";
import { z } from "zod";

import type { CliError } from "../errors.ts";
import { parseConfigSource } from "./config-source.ts";
import { parseOverride } from "./override.ts";
import { parseConfig } from "./parse-config.ts";

const schema = z.strictObject({
  name: z.string(),
  train: z.strictObject({ steps: z.int().positive(), learning_rate: z.number().default(1e-3) }),
  merge: z
    .record(
      z.string().regex(/^[a-z]+$/, "expected lower-case letters"),
      z.discriminatedUnion("method", [
        z.strictObject({ method: z.literal("sum"), rank: z.int().optional() }),
        z.strictObject({
          method: z.literal("gam"),
          t: z.number().max(1).default(1),
          scale: z.union([z.number(), z.strictObject({ search: z.array(z.number()), on: z.enum(["dev"]) })]).default(1),
        }),
      ]),
    )
    .default({}),
});

const good = `name: demo
train:
  steps: 40
merge:
  g:
    method: gam
    scale:
      search: [1, 2]
      on: dev
`;

function problems(text: string, overrides: string[] = []): readonly string[] {
  try {
    parseConfig(schema, parseConfigSource(text, { file: "r.yaml", overrides: overrides.map(parseOverride) }));
  } catch (error) {
    return (error as CliError).problems;
  }
  throw new Error("nothing was refused");
}

test("a good file is parsed with the schema's defaults", () => {
  expect(parseConfig(schema, parseConfigSource(good, { file: "r.yaml" }))).toEqual({
    name: "demo",
    train: { steps: 40, learning_rate: 1e-3 },
    merge: { g: { method: "gam", t: 1, scale: { search: [1, 2], on: "dev" } } },
  });
});

test("every problem is reported at once, each with its line, column, key, expectation and finding", () => {
  expect(
    problems(`name: 3
train:
  steps: -1
  lerning_rate: 0.1
merge:
  g:
    method: gam
    t: 2
    turn: 1
    scale: { search: [a], on: eval }
  h: { method: median }
extra: {}
`),
  ).toEqual([
    "r.yaml:1:1  name: expected string, found 3",
    "r.yaml:3:3  train.steps: Too small: expected number to be >0, found -1",
    'r.yaml:4:3  train.lerning_rate: unknown key; did you mean "learning_rate"?',
    "r.yaml:8:5  merge.g.t: Too big: expected number to be <=1, found 2",
    'r.yaml:10:23  merge.g.scale.search[0]: expected number, found "a"',
    'r.yaml:10:27  merge.g.scale.on: expected dev, found "eval"',
    "r.yaml:9:5  merge.g.turn: unknown key; expected one of method, t, scale",
    'r.yaml:11:8  merge.h.method: expected sum or gam, found "median"',
    "r.yaml:12:1  extra: unknown key; expected one of name, train, merge",
  ]);
});

test("a missing key is placed at the nearest parent that was written", () => {
  expect(problems("name: a\ntrain: {}\n")).toEqual(["r.yaml:2:1  train.steps: expected number, found nothing"]);
  expect(problems("")).toEqual([
    "r.yaml:1:1  name: expected string, found nothing",
    "r.yaml:1:1  train: expected object, found nothing",
  ]);
});

test("a key that cannot be a name is refused where it stands", () => {
  expect(problems(`${good}  "G 1": { method: sum }\n`)).toEqual([
    "r.yaml:10:3  merge.G 1: unusable name; expected lower-case letters",
  ]);
});

test("every syntax error is reported with its place", () => {
  const found = problems("name: a\nname: b\ntrain: [1,\n");
  expect(found.length).toBeGreaterThanOrEqual(2);
  expect(found[0]).toMatch(/^r\.yaml:2:1 {2}Map keys must be unique/);
});

test("--set overrides, creates and is named where its value is refused", () => {
  const source = parseConfigSource(good, {
    file: "r.yaml",
    overrides: ["train.steps=7", "merge.s.method=sum", "merge.g.scale.search.1=5", "name=two words"].map(parseOverride),
  });
  expect(parseConfig(schema, source)).toEqual({
    name: "two words",
    train: { steps: 7, learning_rate: 1e-3 },
    merge: { g: { method: "gam", t: 1, scale: { search: [1, 5], on: "dev" } }, s: { method: "sum" } },
  });
  expect(problems(good, ["train.steps=many", "train.setps=3"])).toEqual([
    '--set train.steps=many  train.steps: expected number, found "many"',
    '--set train.setps=3  train.setps: unknown key; did you mean "steps"?',
  ]);
});

test.each(["train.steps", "=3", "a..b=1", "name.first=1", "train.steps=[1"])("--set %s is a usage error", (text) => {
  expect(() => parseConfigSource(good, { file: "r.yaml", overrides: [parseOverride(text)] })).toThrow(
    expect.objectContaining({ code: "E_USAGE", message: expect.stringContaining(`--set ${text}`) }),
  );
});
