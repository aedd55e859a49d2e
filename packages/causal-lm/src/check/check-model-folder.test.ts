import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TensorView } from "@prefdelta/safetensors";
import { openSafetensors, writeSafetensors } from "@prefdelta/safetensors/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Check } from "./check.ts";
import { checkModelFolder } from "./check-model-folder.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../__fixtures__/${name}`, import.meta.url));

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "check-model-"));
  folder = join(place, "model");
  await cp(fixture("tiny-qwen3"), folder, { recursive: true });
});
afterEach(() => rm(place, { recursive: true }));

const edit = async (file: string, change: object): Promise<void> => {
  const path = join(folder, file);
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...change }));
};
const found = async (name: string): Promise<Check | undefined> =>
  (await checkModelFolder(folder)).checks.find((check) => check.name === name);

describe("checkModelFolder", () => {
  it.each(["tiny-qwen3", "tiny-qwen2", "tiny-llama3", "tiny-smollm2"])("finds nothing wrong with %s", async (name) => {
    const { checks, config, tokenizer } = await checkModelFolder(fixture(name));
    expect(checks.map((check) => `${check.name}: ${check.state}`)).toEqual([
      "config: ok",
      "weights: ok",
      "tokenizer: ok",
      "tokenizer, vocabulary: ok",
      "tokenizer, round trips: ok",
      "tokenizer, special tokens: ok",
      "tokenizer, end of a turn: ok",
    ]);
    expect(config!.vocabSize).toBe(320);
    expect(tokenizer!.eosId).toBe(2);
  });

  it("of a folder that is none, says so once for each file, and does not throw", async () => {
    const { checks, config, tokenizer } = await checkModelFolder("/nowhere");
    expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual(["config: problem", "tokenizer: problem"]);
    expect(checks[0]!.what).toMatch(/^\/nowhere\/config\.json: expected a model folder with a config\.json/);
    expect([config, tokenizer]).toEqual([undefined, undefined]);
  });

  it("tells an architecture that is none by the loader's own error, on one line, and looks at the tokenizer all the same", async () => {
    await edit("config.json", { model_type: "mamba" });
    const { checks } = await checkModelFolder(folder);
    expect(checks[0]).toMatchObject({ name: "config", state: "problem" });
    expect(checks[0]!.what).toMatch(
      /config\.json: not a supported model config; .*"qwen3"\|"qwen2"\|"llama".*model_type$/,
    );
    expect(checks.map(({ name }) => name)).not.toContain("weights");
    expect(checks.at(-1)).toMatchObject({ name: "tokenizer, end of a turn", state: "ok" });
  });
});

describe("weights", () => {
  it("counts files, tensors, weights and bytes", async () => {
    expect(await found("weights")).toEqual({
      name: "weights",
      state: "ok",
      what: "1 file, 24 tensors of F32, 43,784 weights, 175,136 bytes",
    });
  });

  /** Writes the model's tensors anew, changed, into files by name. */
  async function rewrite(fileOf: (name: string) => string, change = (view: TensorView): TensorView => view) {
    const path = join(folder, "model.safetensors");
    const source = await openSafetensors(path);
    const views = await Promise.all(
      [...source.entries.keys()].map(async (name) => [name, change(await source.read(name))] as const),
    );
    await source.close();
    await rm(path);
    for (const [file, tensors] of Map.groupBy(views, ([name]) => fileOf(name))) {
      await writeSafetensors(join(folder, file), tensors);
    }
    const weight_map = Object.fromEntries(views.map(([name]) => [name, fileOf(name)]));
    await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
  }

  it("looks at every shard, and names one that is missing with what it should hold", async () => {
    await rewrite((name) => (name.includes("layers.0") ? "a.safetensors" : "b.safetensors"));
    expect((await found("weights"))!.what).toMatch(/^2 files, 24 tensors of F32, 43,784 weights/);
    await rm(join(folder, "b.safetensors"));
    expect(await found("weights")).toMatchObject({
      state: "problem",
      what: expect.stringMatching(/expected every shard that the index names.*; b\.safetensors: "model\./) as string,
    });
  });

  it("reads a tensor of each type, and refuses one that has no float32 form", async () => {
    await rewrite(
      () => "model.safetensors",
      (view) => (view.shape.length === 1 ? { ...view, dtype: "I32" } : view),
    );
    expect(await found("weights")).toMatchObject({
      state: "problem",
      what: "toFloat32: expected F32, F16 or BF16, found I32",
    });
  });

  it("counts what the model does not use apart", async () => {
    await edit("config.json", { num_hidden_layers: 1 });
    expect((await found("weights"))!.what).toMatch(
      /^1 file, 13 tensors of F32, .*, 11 further tensors, which the model does not use$/,
    );
  });

  it("tells a file that is cut off by its header alone", async () => {
    await truncate(join(folder, "model.safetensors"), 100_000);
    expect(await found("weights")).toMatchObject({
      state: "problem",
      what: expect.stringContaining("100000") as string,
    });
  });

  it("tells tensors in another shape, the first of them and how many there are", async () => {
    await edit("config.json", { intermediate_size: 65 });
    const { state, what } = (await found("weights"))!;
    expect(state).toBe("problem");
    expect(what).toMatch(/mlp\.gate_proj\.weight — expected \[65,40\], got \[64,40\];.*; and 1 more$/);
  });
});

describe("tokenizer", () => {
  it("is a problem where it does not load, with the reason, and the weights are looked at", async () => {
    await writeFile(join(folder, "chat_template.jinja"), "{% if %}");
    const { checks } = await checkModelFolder(folder);
    expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual([
      "config: ok",
      "weights: ok",
      "tokenizer: problem",
    ]);
    expect(checks[2]!.what).toContain("chat template — expected one that can be parsed");
  });

  it("has a row in the model for every token", async () => {
    expect((await found("tokenizer, vocabulary"))!.what).toBe("320 tokens, the model embeds 320");
    const path = join(folder, "tokenizer.json");
    const json = JSON.parse(await readFile(path, "utf8")) as { added_tokens: { id: number; content: string }[] };
    json.added_tokens.push({ ...json.added_tokens[0]!, id: 320, content: "<|new|>" });
    await writeFile(path, JSON.stringify(json));
    expect(await found("tokenizer, vocabulary")).toMatchObject({
      state: "problem",
      what: "the model embeds 320 tokens, and has no row for <|new|> (320)",
    });
  });

  it("warns of texts that come back otherwise, and shows where", async () => {
    const path = join(folder, "tokenizer.json");
    const json = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...json, normalizer: { type: "Lowercase" } }));
    const { state, what } = (await found("tokenizer, round trips"))!;
    expect(state).toBe("warning");
    expect(what).toMatch(
      /^2 of 7 kinds of text do not come back as they were: ASCII \("The quic" became "the quic"\), umlauts/,
    );
  });

  it("names bos, eos and pad, and one that is torn apart is a problem", async () => {
    expect((await found("tokenizer, special tokens"))!.what).toBe("no bos, eos <|im_end|> (2), pad <|endoftext|> (0)");
    await edit("tokenizer_config.json", { bos_token: { content: "<bos>" } });
    expect(await found("tokenizer, special tokens")).toMatchObject({
      state: "problem",
      what: expect.stringMatching(/^bos <bos> becomes \d tokens \(/) as string,
    });
  });

  it.each([
    ["a number that agrees", { eos: 2, what: "ok: <|im_end|> (2), as config.json and generation_config.json say" }],
    [
      "a list that holds it",
      { eos: [0, 2], what: "ok: <|im_end|> (2), as config.json and generation_config.json say" },
    ],
    ["none", { eos: null, what: "ok: <|im_end|> (2), as config.json says" }],
    [
      "another",
      { eos: 0, what: "warning: the tokenizer says <|im_end|> (2), generation_config.json says <|endoftext|> (0)" },
    ],
  ])("of its eos and generation_config's: %s", async (_, { eos, what }) => {
    await edit("generation_config.json", { eos_token_id: eos });
    const check = (await found("tokenizer, end of a turn"))!;
    expect(`${check.state}: ${check.what}`).toBe(what);
  });

  it("that stands alone with its eos says so", async () => {
    await rm(join(folder, "generation_config.json"));
    await edit("config.json", { eos_token_id: null });
    expect((await found("tokenizer, end of a turn"))!.what).toBe("<|im_end|> (2), no other file names one");
  });
});
