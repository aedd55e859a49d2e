import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { score } from "@prefdelta/causal-lm";
import type { Pair } from "@prefdelta/preference";
import { createRandom } from "@prefdelta/random";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";

import { ladderRecipe, names } from "../__fixtures__/ladder-recipe.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { startStandIn } from "../__fixtures__/stand-in.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { openEngine } from "../engine/engine.ts";
import { engineOptionsSchema } from "../engine/engine-options.ts";
import { sampleOf } from "./sample-of.ts";
import { scorePairs } from "./score-pairs.ts";
import type { WrittenDiagnostics } from "./write-diagnosed-pairs.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda margin "));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const assistant = (content: string) => [{ role: "assistant" as const, content }];

test("a pair is scored as it is trained on: template, end of turn, no observations", async () => {
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  const lm = await engine.model(tinyModel);
  const pair: Pair = {
    prompt: [{ role: "user", content: "Why?" }],
    chosen: assistant("It is so."),
    rejected: assistant("a<information>what was found</information>b"),
    ...{ prompt_id: "1", chosen_model: "weak", rejected_model: "weaker" },
  };
  const [scored] = await scorePairs(lm, [pair]);
  const ids = (text: string) => lm.tokenizer.encode(text);
  const chosen = ids("It is so.<|im_end|>\n");
  const prompt = ids("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
  const alone = await score(lm, [{ prompt, completions: [{ ids: chosen, mask: chosen.map(() => 1) }] }]);
  expect(scored!.logProbs.chosen).toBeCloseTo(alone.logProbs[0]!, 4);
  expect(scored!.tokens).toEqual({ chosen: chosen.length, rejected: ids("a").length + ids("b<|im_end|>\n").length });
  const [turned] = await scorePairs(lm, [{ ...pair, chosen: pair.rejected, rejected: pair.chosen }]);
  expect(turned!.logProbs.chosen).toBeCloseTo(scored!.logProbs.rejected, 4);
  await engine.close();
});

test("a sample takes every place of the stream as often as any other", () => {
  const drawn = new Map<number, number>();
  for (let seed = 0; seed < 3000; seed++) {
    const sample = sampleOf<number>(3, createRandom(seed));
    for (let i = 0; i < 10; i++) sample.add(i);
    for (const value of sample.values) drawn.set(value, (drawn.get(value) ?? 0) + 1);
  }
  // Expected 900 each, standard deviation 25.
  for (let i = 0; i < 10; i++) expect(Math.abs(drawn.get(i)! - 900)).toBeLessThan(100);
  const whole = sampleOf<number>(3, createRandom(1));
  whole.add(7);
  expect(whole.values).toEqual([7]);
});

test("pda generate puts a sample of the pairs to the base, and counts tokens", async () => {
  const server = await startStandIn({ models: names });
  await writeFile(
    at("prompts.jsonl"),
    Array.from({ length: 30 }, (_, i) => `{"question":"What follows from ${i}?","gold":${i}}\n`).join(""),
  );
  const recipe = {
    ...ladderRecipe(server.url, { generate: { margin: 5 } }),
    ...{ base: tinyModel, runtime: { name: "onnx", threads: 1 } },
  };
  await writeFile(at("recipe.yaml"), stringify(recipe, { aliasDuplicateObjects: false }));
  const generate = (out: string, ...more: string[]) =>
    runPda("generate", at("recipe.yaml"), "--pair", "upper", "--out", at(out), ...more);
  const { code, stdout, stderr } = await generate("one.jsonl");
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("runtime: onnx") as string });
  const read = async (out: string) =>
    JSON.parse(await readFile(at(`${out}.diagnostics.json`), "utf8")) as WrittenDiagnostics;
  const { margins, tokens } = await read("one");
  // The server counts 5 tokens an answer.
  expect(tokens).toEqual({
    counted: 30,
    total: { chosen: 150, rejected: 150 },
    ...{ mean: { chosen: 5, rejected: 5 }, ratio: 1 },
  });
  expect(margins.pairs).toBe(5);
  expect(margins.margin).toBeCloseTo(margins.logProb.chosen! - margins.logProb.rejected!, 6);
  expect(stdout).toMatch(/^log-prob a token, of 5 +-\d\.\d{3} +-\d\.\d{3}$/m);
  expect(await generate("two.jsonl")).toMatchObject({ code: 0 });
  expect((await read("two")).margins).toEqual(margins);
  const without = await generate("three.jsonl", "--set", "base=''");
  expect(without).toMatchObject({ code: 2 });
  expect(without.stderr).toContain("generate.margin: expected a base that pairs are put to, found none");
  expect((await generate("three.jsonl", "--set", "base=nowhere")).stderr).toContain("base: expected a model folder");
  await server.stop();
});
