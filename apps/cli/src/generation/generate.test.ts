import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";

import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { startStandIn, type StandIn } from "../__fixtures__/stand-in.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { hashFolder } from "../stages/plan-stages.ts";

const names = ["strong", "weak", "weaker"];
const prompts = 60;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda generate "));
  const rows = Array.from({ length: prompts }, (_, i) => ({ question: `What follows from ${i}?`, gold: i }));
  await writeFile(at("prompts.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

/** A ladder of three models behind one server, two pairs from three passes. */
function ladder(url: string, { models = {}, ...changes }: { models?: object; [section: string]: object } = {}) {
  const model = (name: string) => ({
    ...{ urls: [url], model: name, max_concurrency: 8, retries: 30, timeout_seconds: 1 },
    backoff_seconds: { first: 0.002, max: 0.02 },
    ...models,
  });
  const from = { file: "prompts.jsonl", fields: { prompt: "question", answers: "gold" } };
  return {
    name: "ladder",
    generate: { models: Object.fromEntries(names.map((name) => [name, model(name)])), ...changes["generate"] },
    pairs: {
      upper: { prompts: { ...from, ...changes["prompts"] }, chosen: "strong", rejected: "weak" },
      lower: { prompts: { ...from, ...changes["prompts"] }, chosen: "weak", rejected: "weaker" },
      ...changes["pairs"],
    },
  };
}

async function writeRecipe(recipe: object): Promise<string> {
  await writeFile(at("recipe.yaml"), stringify(recipe, { aliasDuplicateObjects: false }));
  return at("recipe.yaml");
}

const rowsOf = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(at(file), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

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
    expect((await readdir(folder)).filter((name) => name.startsWith("again"))).toEqual([
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
    expect(await readdir(folder)).not.toContain("out");
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

describe("with servers that do as they are asked", () => {
  let server: StandIn;
  beforeAll(async () => {
    server = await startStandIn({ models: names, key: "secret" });
  });
  afterAll(() => server.stop());

  test("what would fail a thousand times is told at once, before the first prompt", async () => {
    const silent = await startStandIn({ models: names, chatTemplate: false });
    const recipe = ladder(server.url, { models: { key_env: "PDA_TEST_KEY" } });
    const { strong } = recipe.generate.models;
    Object.assign(recipe.generate.models, {
      weak: { ...strong, model: "wek" },
      weaker: { ...strong, key_env: "PDA_NO_KEY" },
      mute: { ...strong, urls: [silent.url], model: "weak" },
      gone: { ...strong, urls: ["http://127.0.0.1:9/v1"] },
    });
    Object.assign(recipe.pairs, { other: { ...recipe.pairs.upper, chosen: "mute", rejected: "gone" } });
    const file = await writeRecipe(recipe);
    const right = await spawnPda(["generate", file, "--out", at("out")], { PDA_TEST_KEY: "secret" }).ended;
    expect(right.code).toBe(1);
    expect(right.stderr.match(/^ {2}generate\.models.*/gm)).toEqual([
      expect.stringMatching(/weak: http.* — expected the model wek, got strong, weak, weaker$/) as string,
      "  generate.models.weaker: key_env — expected a key in the environment variable PDA_NO_KEY, found none",
      expect.stringMatching(/mute: .*expected weak to answer, got HTTP 400 .*chat template/) as string,
      expect.stringMatching(/gone: .*expected a server, got .*ECONNREFUSED/) as string,
    ]);
    const wrong = await spawnPda(["generate", file, "--out", at("out")], { PDA_TEST_KEY: "geheim" }).ended;
    expect(wrong.stderr).toMatch(/models\.strong: .*expected the key to be accepted, got HTTP 401/);
    await silent.stop();
  });

  test("a pair of a server's model and one that runs here, which is answered alike after a stop", async () => {
    const recipe = ladder(server.url, { models: { key_env: "PDA_TEST_KEY" } });
    Object.assign(recipe.generate.models, { here: { folder: tinyModel, temperature: 1 } });
    Object.assign(recipe, { answers: { max_new_tokens: 4, batch_size: 16 }, runtime: { name: "onnx", threads: 1 } });
    Object.assign(recipe.pairs, { mixed: { ...recipe.pairs.upper, rejected: "here" } });
    const file = await writeRecipe(recipe);
    const generate = (out: string) =>
      spawnPda(["generate", file, "--pair", "mixed", "--out", at(out)], { PDA_TEST_KEY: "secret" });
    expect(await generate("whole.jsonl").ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("runtime: onnx") as string,
    });
    const { child, ended } = generate("stopped.jsonl");
    child.stderr.on("data", (chunk: Buffer) => {
      if (chunk.includes("runtime")) child.kill("SIGINT");
    });
    await ended;
    expect((await generate("stopped.jsonl").ended).code).toBe(0);
    expect(await readFile(at("stopped.jsonl"))).toEqual(await readFile(at("whole.jsonl")));
    expect((await rowsOf("whole.jsonl")).length).toBeGreaterThan(prompts / 2); // the others are blank
  });

  test("models with a search tool: whole trajectories, what was found marked", async () => {
    const searching = await startStandIn({
      models: names,
      searches: true,
      faults: { seed: 2, rate: 0.05, kinds: ["500", "garbage"] },
    });
    const passages = Array.from({ length: prompts }, (_, i) => ({ id: `${i}`, contents: `${i}?\n${i + 1} follows.` }));
    await writeFile(at("passages.jsonl"), passages.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const search = { corpus: "passages.jsonl", top_k: 1, observation: "<information>{text}</information>" };
    const recipe = await writeRecipe({
      ...ladder(searching.url, { models: { sampling: { n: 2 } } }),
      search,
      limit: 12,
    });
    const { code, stderr } = await runPda("generate", recipe, "--pair", "upper", "--out", at("pairs.jsonl"));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const rows = await rowsOf("pairs.jsonl");
    expect(rows).toHaveLength(24);
    expect(rows[6]).toMatchObject({
      sample: 0,
      chosen: [
        {
          role: "assistant",
          content:
            "strong looks it up. <search>3?</search><information>4 follows.</information><answer>strong: 4 follows.</answer>",
        },
      ],
      rejected: [{ content: expect.stringMatching(/^weak looks.*<answer>weak: 4 follows\.<\/answer>$/) as string }],
    });
    await searching.stop();
  });

  test("a name that no model has, and a price that is missing, are told with their place", async () => {
    const recipe = ladder(server.url, {
      pairs: { upper: { prompts: { file: "prompt.jsonl" }, chosen: "stron", rejected: "weak" } },
    });
    const file = await writeRecipe(recipe);
    const { code, stderr } = await runPda("generate", file, "--out", at("out"));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /recipe\.yaml:\d+:\d+ {2}pairs\.upper\.chosen: expected one of generate\.models \(strong, weak, weaker\), found "stron"; did you mean "strong"\?/,
    );
    expect(stderr).toMatch(/pairs\.upper\.prompts\.file: expected a file, found none/);
    const cost = await runPda("generate", await writeRecipe(ladder(server.url)), "--out", at("out"), "--max-cost", "1");
    expect(cost).toMatchObject({ code: 2, stderr: expect.stringContaining("generate.models.strong.price") as string });
  });
});
