import { readdir, readFile, writeFile } from "node:fs/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { generationFolder, prompts, type GenerationFolder } from "../__fixtures__/generation-folder.ts";
import { ladderRecipe as ladder, names } from "../__fixtures__/ladder-recipe.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { startStandInHub } from "../__fixtures__/stand-in-hub.ts";
import { startStandIn, type StandIn } from "../__fixtures__/stand-in.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";

let files: GenerationFolder;
beforeEach(async () => {
  files = await generationFolder();
});
afterEach(() => files.remove());

const at = (name: string): string => files.at(name);
const writeRecipe = (recipe: object): Promise<string> => files.writeRecipe(recipe);
const rowsOf = (file: string) => files.rowsOf(file);

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

  test("a run asks them, too: answers lie in its folder, and what is done is not done again", async () => {
    vi.stubEnv("PDA_TEST_KEY", "secret");
    try {
      const recipe = ladder(server.url, { models: { key_env: "PDA_TEST_KEY" } });
      const file = await writeRecipe({ ...recipe, base: tinyModel, runtime: { name: "onnx", threads: 1 }, limit: 10 });
      const run = () => runPda("run", file, "--out", at("run"), "--only", "generate");
      expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining("2 of 4 stages done") as string });
      expect((await readdir(at("run"))).filter((name) => !name.startsWith("."))).toEqual([
        "generate",
        "manifest.json",
        "report.html",
        "responses",
      ]);
      expect(await rowsOf("run/generate/lower/pairs.jsonl")).toHaveLength(10);
      expect((await run()).stderr).toContain("generate/lower: already done");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("prompts of a data set of the Hub, brought here once", async () => {
    const hub = await startStandInHub({ token: "hf_secret" });
    vi.stubEnv("HF_ENDPOINT", hub.url);
    vi.stubEnv("HF_TOKEN", "hf_secret");
    vi.stubEnv("HF_HUB_OFFLINE", "");
    vi.stubEnv("PDA_TEST_KEY", "secret");
    const parquet = new URL("../../../../packages/preference/src/__fixtures__/prompts.parquet", import.meta.url);
    const rows = (from: number) => Buffer.from([0, 1, 2].map((i) => `{"prompt":"q${from + i}"}\n`).join(""));
    const files = { "data/b.jsonl": rows(3), "data/a.jsonl": rows(0), "data/c.parquet": await readFile(parquet) };
    hub.repos.set("datasets/org/set", new Map(Object.entries(files)));
    const from = (file: string, limit: number) => ({
      ...ladder(server.url, { models: { key_env: "PDA_TEST_KEY" }, generate: { store: "kept" } }),
      ...{ limit, pairs: { hub: { prompts: { file }, chosen: "strong", rejected: "weak" } } },
    });
    const generate = async (recipe: object, out: string) =>
      runPda("generate", await writeRecipe(recipe), "--pair", "hub", "--out", at(out));
    try {
      const jsonl = from("hf://datasets/org/set@main/data/*.jsonl", 5);
      expect(await generate(jsonl, "one.jsonl")).toMatchObject({ code: 0 });
      const asked = (await rowsOf("one.jsonl")).map(({ prompt }) => (prompt as { content: string }[])[0]!.content);
      expect(asked).toEqual(["q0", "q1", "q2", "q3", "q4"]);
      expect(await generate(from("hf://datasets/org/set/data/c.parquet", 4), "two.jsonl")).toMatchObject({ code: 0 });
      expect(await rowsOf("two.jsonl")).toHaveLength(4);
      const { length } = hub.requests;
      expect(await generate(jsonl, "three.jsonl")).toMatchObject({ code: 0 });
      expect(hub.requests).toHaveLength(length);
      expect((await generate(from("hf://datasets/org/none/a.jsonl", 1), "four.jsonl")).stderr).toMatch(
        /org\/none.*\[E_HUB\]/,
      );
      expect((await generate(from("hf://org/set", 1), "five.jsonl")).stderr).toContain("expected hf://datasets/");
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });

  test("a name that no model has, and a price that is missing, are told with their place", async () => {
    const recipe = ladder(server.url, {
      pairs: { upper: { prompts: { file: "prompt.jsonl" }, chosen: "stron", rejected: "weak" } },
    });
    Object.assign(recipe.generate, { judge: "nobody" });
    const file = await writeRecipe(recipe);
    const { code, stderr } = await runPda("generate", file, "--out", at("out"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/generate\.judge: expected one of strong, weak, weaker, found "nobody"/);
    expect(stderr).toMatch(
      /recipe\.yaml:\d+:\d+ {2}pairs\.upper\.chosen: expected one of generate\.models \(strong, weak, weaker\), found "stron"; did you mean "strong"\?/,
    );
    expect(stderr).toMatch(/pairs\.upper\.prompts\.file: expected a file, found none/);
    const cost = await runPda("generate", await writeRecipe(ladder(server.url)), "--out", at("out"), "--max-cost", "1");
    expect(cost).toMatchObject({ code: 2, stderr: expect.stringContaining("generate.models.strong.price") as string });
  });
});
