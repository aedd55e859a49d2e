import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { commands } from "./commands.ts";
import { commonArguments } from "./command.ts";
import { parseConfigSource } from "./config/config-source.ts";
import { parseConfig } from "./config/parse-config.ts";
import { evalRows } from "./run/eval-rows.ts";
import { recipeRules } from "./recipe/recipe-rules.ts";
import { recipeSchema } from "./recipe/recipe-schema.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the README's recipe is one", () => {
  const text = /```yaml\n(.*?)```/s.exec(readme)![1]!;
  const recipe = parseConfig(recipeSchema, parseConfigSource(text, { file: "README.md" }));
  expect([...recipeRules(recipe)]).toEqual([]);
  expect(evalRows(recipe).map(({ name }) => name)).toEqual(["base", "weak", "weaker", "weaker-T1", "sums", "sum"]);
});

test("the README names every key of a recipe, and no other", () => {
  const section = readme.slice(readme.indexOf("## The recipe"), readme.indexOf("## The run folder"));
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => [
    ...cell!.matchAll(/`(\w+)(?:\.NAME)?`/g),
  ]);
  expect(rows.map(([, key]) => key).toSorted()).toEqual(Object.keys(recipeSchema.shape).toSorted());
});

test("the README shows options that the commands have", async () => {
  for (const [, name, rest] of readme.matchAll(/^\| `pda (\w+) ?(.*?)` \|/gm)) {
    const command = await commands[name as keyof typeof commands]();
    const known = { ...command.arguments, ...commonArguments };
    for (const [, option] of rest!.matchAll(/--([a-z-]+)/g)) expect(Object.keys(known)).toContain(option);
  }
});
