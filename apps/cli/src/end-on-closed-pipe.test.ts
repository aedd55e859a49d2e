import { expect, test } from "vitest";

import { spawnPda } from "./__fixtures__/spawn-pda.ts";
import { tinyAdapter } from "./__fixtures__/tiny-recipe.ts";

test.each([
  ["a result", ["inspect", tinyAdapter, tinyAdapter, "--json"]],
  ["help", ["--help"]],
])("%s that nobody reads any more ends the process without a word, as SIGPIPE would", async (_, args) => {
  const { child, ended } = spawnPda(args);
  child.stdout.destroy();
  expect(await ended).toEqual({ code: 141, stdout: "", stderr: "" });
});
