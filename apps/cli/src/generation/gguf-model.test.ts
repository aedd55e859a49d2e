import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";

import { ladderRecipe, names } from "../__fixtures__/ladder-recipe.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { startStandIn } from "../__fixtures__/stand-in.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";

/** As @prefdelta/lora's test has it: nobody's dependency, NODE_LLAMA_CPP may name the module's file elsewhere. */
const found = await import(/* @vite-ignore */ process.env["NODE_LLAMA_CPP"] ?? "node-llama-cpp").then(
  () => true,
  (error: Error) => {
    process.stderr.write(`pda generate runs no GGUF here: ${error.message.split("\n")[0]}\n`);
    return false;
  },
);
const writer = new URL("../../../../packages/lora/src/__fixtures__/tiny-base-gguf.ts", import.meta.url).href;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda gguf "));
  const { tinyBaseGguf } = (await import(/* @vite-ignore */ writer)) as { tinyBaseGguf: () => Promise<Buffer> };
  await writeFile(at("tiny.gguf"), await tinyBaseGguf());
  const rows = Array.from({ length: 30 }, (_, i) => ({ question: `What follows from ${i}?`, gold: i }));
  await writeFile(at("prompts.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function writeRecipe(models: object, pair: object, more: object = {}): Promise<string> {
  const recipe = {
    ...ladderRecipe("http://127.0.0.1:9/v1"),
    generate: { models },
    pairs: { one: { prompts: { file: "prompts.jsonl", fields: { prompt: "question", answers: "gold" } }, ...pair } },
    ...{ runtime: { name: "onnx", threads: 1 }, answers: { max_new_tokens: 12, batch_size: 16 }, ...more },
  };
  await writeFile(at("recipe.yaml"), stringify(recipe));
  return at("recipe.yaml");
}

const gguf = { gguf: "tiny.gguf", gpu: false, context_size: 256, sampling: { max_tokens: 12 } };

test.skipIf(!found)("a GGUF says what its model's folder says", { timeout: 120_000 }, async () => {
  const models = { file: gguf, folder: { folder: tinyModel } };
  const recipe = await writeRecipe(models, { chosen: "file", rejected: "folder" });
  const { code, stdout, stderr } = await runPda("generate", recipe, "--out", at("out"));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("one: 0 pairs of 30 prompts, 30 identical");
});

test.skipIf(!found)(
  "a pair of a server's model and a GGUF, answered alike after a kill",
  { timeout: 120_000 },
  async () => {
    const server = await startStandIn({ models: names });
    const drawn = { ...gguf, sampling: { max_tokens: 12, temperature: 1 } };
    const strong = { urls: [server.url], model: "strong" };
    const recipe = await writeRecipe({ strong, weaker: drawn }, { chosen: "strong", rejected: "weaker" });
    const generate = (out: string) => spawnPda(["generate", recipe, "--pair", "one", "--out", at(out)]);
    expect(await generate("whole.jsonl").ended).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining("runtime:") as string,
    });
    const rows = (await readFile(at("whole.jsonl"), "utf8"))
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row) as object);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows[0]).toMatchObject({ chosen_model: "strong", rejected_model: "tiny.gguf" });
    const killed = generate("killed.jsonl");
    const asked = (await server.stats()).answered;
    while (killed.child.exitCode === null && (await server.stats()).answered < asked + 20);
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(await generate("killed.jsonl").ended).toMatchObject({ code: 0 });
    expect(await readFile(at("killed.jsonl"), "utf8")).toBe(await readFile(at("whole.jsonl"), "utf8"));
    await server.stop();
  },
);

test("what keeps a GGUF from answering is told before anything is asked", async () => {
  const server = await startStandIn({ models: names });
  const strong = { urls: [server.url], model: "strong" };
  const recipe = await writeRecipe({ strong, weaker: gguf }, { chosen: "strong", rejected: "weaker" });
  const env = { NODE_LLAMA_CPP: at("nowhere.js") };
  const { code, stderr } = await spawnPda(["generate", recipe, "--out", at("out")], env).ended;
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /E_SERVERS\]\n {2}generate\.models\.weaker: expected the package node-llama-cpp, .*got Cannot find/,
    ) as string,
  });
  expect((await server.stats()).answered).toBe(1);
  await server.stop();
  const misspelt = await writeRecipe(
    { weaker: { ...gguf, context_sise: 9 } },
    { chosen: "weaker", rejected: "weaker" },
  );
  expect((await runPda("generate", misspelt, "--out", at("out"))).stderr).toContain(
    'generate.models.weaker.context_sise: unknown key; did you mean "context_size"?',
  );
  const inline = await writeRecipe(
    { weaker: { ...gguf, gguf: "none.gguf" } },
    { chosen: { model: "tiny.gguf" }, rejected: "weaker" },
  );
  const wrong = await runPda("generate", inline, "--out", at("out"));
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain(
    "pairs.one.chosen.model: expected a model folder; generate.models takes GGUF files, as {gguf: PATH}",
  );
  expect(wrong.stderr).toContain("generate.models.weaker.gguf: expected a file, found none at ");
});
