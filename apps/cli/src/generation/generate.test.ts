import { readdir, readFile, writeFile } from "node:fs/promises";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { generationFolder, prompts, type GenerationFolder } from "../__fixtures__/generation-folder.ts";
import { ladderRecipe as ladder, names } from "../__fixtures__/ladder-recipe.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { startStandIn, type StandIn } from "../__fixtures__/stand-in.ts";
import { hashFolder } from "../stages/plan-stages.ts";

let files: GenerationFolder;
beforeEach(async () => {
  files = await generationFolder();
});
afterEach(() => files.remove());

const at = (name: string): string => files.at(name);
const writeRecipe = (recipe: object): Promise<string> => files.writeRecipe(recipe);
const rowsOf = (file: string) => files.rowsOf(file);

describe("with servers that fail by plan", () => {
  let server: StandIn;
  beforeEach(async () => {
    const faults = { seed: 4, rate: 0.05, kinds: ["429", "429-after", "500", "reset", "garbage"] };
    server = await startStandIn({ models: names, faults, latency: 8 });
  });
  afterEach(() => server.stop());

  test("a ladder: every model answers every prompt once, for two pairs", async () => {
    const recipe = await writeRecipe(ladder(server.url));
    const { code, stdout, stderr } = await runPda("generate", recipe, "--out", at("out"));
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining("runtime") as string });
    expect(stdout).toContain("upper: 60 pairs of 60 prompts, 0 identical, 0 empty");
    expect(stdout).toMatch(/^60 pairs +chosen +rejected$/m);
    expect(stdout).toContain("only 60 pairs");
    expect(Object.keys(await hashFolder(at("out"))).toSorted()).toEqual(
      ["lower", "upper"].flatMap((name) =>
        ["counts", "diagnostics"].map((file) => `${name}/${file}.json`).concat(`${name}/pairs.jsonl`),
      ),
    );
    const [first] = await rowsOf("out/lower/pairs.jsonl");
    expect(first).toMatchObject({
      prompt: [{ role: "user", content: "What follows from 0?" }],
      chosen_model: "weak",
      rejected_model: "weaker",
    });
    // Three to say that each server is there; the check's own prompt is answered for each model, too.
    const after = await server.stats();
    expect(after).toMatchObject({ answered: names.length * (prompts + 1), mostForOne: 1 });

    await writeRecipe(ladder(server.url, { generate: { store: "out.responses", filters: { near_identical: 0.5 } } }));
    expect((await runPda("generate", recipe, "--pair", "lower", "--out", at("again.jsonl"), "--json")).code).toBe(0);
    expect((await server.stats()).requests).toBe(after.requests + 1); // this one
    expect((await readdir(at(""))).filter((name) => name.startsWith("again"))).toEqual([
      "again.diagnostics.json",
      "again.jsonl",
    ]);
  });

  test("killed again and again, it asks nothing twice and writes the bytes of a run that was not", async () => {
    const recipe = await writeRecipe(ladder(server.url));
    expect((await runPda("generate", recipe, "--out", at("whole"))).code).toBe(0);
    const { answered: asked } = await server.stats();
    let kills = 0;
    for (const share of [0.1, 0.4, 0.7]) {
      const { child, ended } = spawnPda(["generate", recipe, "--out", at("killed")]);
      while (child.exitCode === null && (await server.stats()).answered < asked + share * names.length * prompts);
      child.kill("SIGKILL");
      if ((await ended).code === null) kills++;
    }
    expect(kills).toBe(3);
    expect((await runPda("generate", recipe, "--out", at("killed"))).code).toBe(0);
    expect(await hashFolder(at("killed"))).toEqual(await hashFolder(at("whole")));
    // Beyond each run's check only what was under way, or stood in the pipe, when it was killed.
    const again = (await server.stats()).answered - 2 * asked;
    expect(again).toBeLessThanOrEqual(kills * (names.length + 2 * 8));
  });

  test("Ctrl-C keeps what was answered, says how to go on, and ends with 130", async () => {
    const slow = await startStandIn({ models: names, latency: 100 });
    const recipe = await writeRecipe(ladder(slow.url));
    const { child, ended } = spawnPda(["generate", recipe, "--out", at("out")]);
    while ((await slow.stats()).answered < 20);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("the same command continues from there [E_INTERRUPTED]") as string,
    });
    expect(await readdir(at(""))).not.toContain("out");
    const { code, stderr } = await runPda("generate", recipe, "--out", at("out"));
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/\d+ of 60 answered before/) as string,
    });
    await slow.stop();
  });

  test("a budget ends it with what was answered kept; the next command goes on", async () => {
    // The server counts 3 + 5 tokens an answer.
    const recipe = await writeRecipe(ladder(server.url, { models: { price: { prompt: 1e6, completion: 2e6 } } }));
    const { code, stderr } = await runPda("generate", recipe, "--out", at("out"), "--max-tokens-total", "800");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("[E_BUDGET]") as string });
    const { answered } = await server.stats();
    expect(answered).toBeGreaterThanOrEqual(100);
    expect(answered).toBeLessThan(120);
    const paid = await runPda("generate", recipe, "--out", at("out"), "--max-cost", "260", "--concurrency", "1");
    expect(paid.stderr).toMatch(/the budget is spent \(160 tokens, cost 260\.00\)/);
    expect(await runPda("generate", recipe, "--out", at("out"), "--max-cost", "-1")).toMatchObject({ code: 2 });
    expect((await runPda("generate", recipe, "--out", at("out"))).code).toBe(0);
    expect((await server.stats()).mostForOne).toBeLessThanOrEqual(4); // the checks' own prompt
  });

  test("several streamed answers to a prompt become as many pairs, reasoning left out", async () => {
    const sampling = { temperature: 0.7, n: 2, chat_template_kwargs: { enable_thinking: true } };
    const recipe = await writeRecipe({ ...ladder(server.url, { models: { stream: true, sampling } }), limit: 20 });
    const { code, stderr } = await runPda("generate", recipe, "--pair", "upper", "--out", at("pairs.jsonl"));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const rows = await rowsOf("pairs.jsonl");
    expect(rows.map(({ sample }) => sample)).toEqual(Array.from({ length: 40 }, (_, i) => i % 2));
    expect(rows[1]).toMatchObject({ chosen: [{ content: expect.stringMatching(/^strong:\w{64} .*end$/) as string }] });
    expect(Object.keys(rows[1]!)).not.toContain("reasoning");
  });

  test("a judge drops the pairs whose chosen answer it finds worse, and is asked once", async () => {
    const judging = await startStandIn({ models: names, judge: "weaker" });
    const plain = ladder(judging.url, { generate: { store: "kept" } });
    const all = await runPda("generate", await writeRecipe(plain), "--pair", "upper", "--out", at("all.jsonl"));
    expect(all.code).toBe(0);
    const judged = ladder(judging.url, { generate: { store: "kept", judge: "weaker" } });
    const recipe = await writeRecipe(judged);
    const { code, stdout } = await runPda("generate", recipe, "--pair", "upper", "--out", at("judged.jsonl"));
    expect(code).toBe(0);
    const hashOf = (side: unknown) => (side as { content: string }[])[0]!.content.split(/[: ]/)[1]!;
    const better = (await rowsOf("all.jsonl")).filter(({ chosen, rejected }) => hashOf(chosen) > hashOf(rejected));
    expect(better.length).toBeGreaterThan(10);
    expect(await rowsOf("judged.jsonl")).toEqual(better);
    expect(stdout).toContain(
      `${better.length} pairs of 60 prompts, 0 identical, 0 empty, ${60 - better.length} judged worse`,
    );
    const { requests } = await judging.stats();
    expect((await runPda("generate", recipe, "--pair", "upper", "--out", at("again.jsonl"))).code).toBe(0);
    expect((await judging.stats()).requests).toBe(requests + 1); // this one
    await judging.stop();
  });

  test("a prompt's tools make another prompt, and go into the rows", async () => {
    const tool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } });
    const rows = [{}, { tools: [tool("search")] }, { tools: JSON.stringify([tool("add")]) }, { tools: [] }];
    await writeFile(
      at("prompts.jsonl"),
      rows.map((row) => `${JSON.stringify({ question: "What now?", gold: "4", ...row })}\n`).join(""),
    );
    const recipe = await writeRecipe(ladder(server.url, { prompts: { deduplicate: true } }));
    const asked = (await server.stats()).answered;
    expect(await runPda("generate", recipe, "--pair", "upper", "--out", at("pairs.jsonl"))).toMatchObject({ code: 0 });
    const tools = (await rowsOf("pairs.jsonl")).map((row) => row["tools"]);
    expect(tools).toEqual([undefined, JSON.stringify([tool("search")]), JSON.stringify([tool("add")])]);
    // Two checks of the servers and three prompts each.
    expect((await server.stats()).answered - asked).toBe(2 * 4);
  });

  test("prompts are sifted first, and what was left out is told", async () => {
    const evaluation = { prompt: [{ role: "user", content: "What follows from 7?" }], answers: ["7"] };
    await writeFile(at("eval.jsonl"), JSON.stringify(evaluation));
    await writeFile(
      at("prompts.jsonl"),
      `${await readFile(at("prompts.jsonl"), "utf8")}{"question":"what follows from 3?","gold":3}\n`,
    );
    const sifting = { deduplicate: { near: false }, decontaminate: ["eval.jsonl"], sample: 20 };
    const recipe = await writeRecipe(ladder(server.url, { prompts: sifting }));
    const { code, stdout, stderr } = await runPda("generate", recipe, "--out", at("out"));
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("generate/upper: 20 prompts of 61 rows, 1 exact, 1 contaminated") as string,
    });
    expect(stdout).toContain("correct, of 20");
    expect(await rowsOf("out/upper/pairs.jsonl")).toHaveLength(20);
    expect((await rowsOf("out/upper/dropped.jsonl")).map(({ reason }) => reason)).toEqual(["exact", "contaminated"]);
  });
});
