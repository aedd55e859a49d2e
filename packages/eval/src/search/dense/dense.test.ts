import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bagOfWords,
  DIMENSIONS,
  type EmbeddingsServer,
  serveEmbeddings,
} from "../../__fixtures__/embeddings-server.ts";
import { createEmbedder } from "./embedder.ts";
import { indexDense } from "./index-dense.ts";
import { openDense } from "./open-dense.ts";

let folder: string;
let server: EmbeddingsServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dense "));
  server = await serveEmbeddings();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const embedderOf = (model: string) => createEmbedder(server.url, { fetch, model, batchSize: 3 });
const animals = [
  "Beagle\nA small hound.",
  "Tabby\nA striped cat.",
  "Rook\nA black bird of the fields.",
  "Ünicorn\nNone.",
];
const writeCorpus = (contents: readonly string[]) =>
  writeFile(at("corpus"), contents.map((text, i) => `${JSON.stringify({ id: `p${i}`, contents: text })}\n`).join("\n"));
const index = (name = "index", more: Partial<Parameters<typeof indexDense>[2]> = {}) =>
  indexDense(at("corpus"), at(name), { embed: embedderOf("hash"), model: "hash", batchSize: 2, ...more });

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe("a dense index", () => {
  it("finds what lies closest, with the prefixes of its model; the cosine is the score", async () => {
    await writeCorpus(animals);
    const prefixes = { queryPrefix: "query: ", passagePrefix: "passage: " };
    expect(await index("index", prefixes)).toEqual({ passages: 4, dimensions: DIMENSIONS });
    expect(server.asked.map(({ input }) => input.length)).toEqual([2, 2]);
    expect(server.asked[0]).toMatchObject({
      model: "hash",
      input: [`passage: ${animals[0]}`, `passage: ${animals[1]}`],
    });

    const { retrieve, size, close } = await openDense(at("index"), at("corpus"), { embedderOf });
    expect(size).toBe(4);
    const [cats, birds] = await retrieve(["striped cat", "black bird"], 2);
    expect(server.asked.at(-1)!.input).toEqual(["query: striped cat", "query: black bird"]);
    expect(cats![0]).toMatchObject({ id: "p1", title: "Tabby", text: "A striped cat." });
    expect(birds![0]!.id).toBe("p2");
    const expected = cosine(bagOfWords("query: striped cat"), bagOfWords(`passage: ${animals[1]}`));
    expect(cats![0]!.score).toBeCloseTo(expected, 3);
    expect(cats!.map(({ score }) => score)).toEqual(cats!.map(({ score }) => score).toSorted((a, b) => b - a));
    expect((await retrieve(["cat"], 9))[0]).toHaveLength(4);
    expect(await retrieve([], 3)).toEqual([]);
    await close();
  });

  it("finds the true neighbours of a larger corpus, but for a few", async () => {
    const words = "red green blue fast slow old new big small wet dry hot cold far near high low".split(" ");
    const texts = Array.from({ length: 400 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => words[(i * (j + 3) + j * j + Math.floor(i / 17)) % words.length]).join(" "),
    );
    await writeCorpus(texts);
    await index();
    const { retrieve, close } = await openDense(at("index"), at("corpus"), { embedderOf });
    const queries = texts.slice(0, 50);
    const found = await retrieve(queries, 1);
    await close();
    // Several passages may be equally close: what counts is how close.
    const missed = queries.filter((query, i) => {
      const best = Math.max(...texts.map((text) => cosine(bagOfWords(query), bagOfWords(text))));
      return found[i]![0]!.score < best - 2e-3;
    });
    expect(missed.length).toBeLessThanOrEqual(1);
  });

  it("is the same bytes for the same corpus", async () => {
    await writeCorpus(animals);
    await index("one");
    await index("two", { batchSize: 3 });
    expect((await readdir(at("one"))).toSorted()).toEqual(["dense.json", "places.f64", "vectors.usearch"]);
    for (const file of await readdir(at("one"))) {
      expect(await readFile(join(at("one"), file))).toEqual(await readFile(join(at("two"), file)));
    }
  });

  it("finds nothing for a query without a direction, and never a passage without one", async () => {
    await writeCorpus(["123", ...animals]);
    await index();
    const { retrieve, close } = await openDense(at("index"), at("corpus"), { embedderOf });
    expect(await retrieve(["456"], 2)).toEqual([[]]);
    expect((await retrieve(["cat"], 9))[0]!.map(({ id }) => id).toSorted()).toEqual(["p1", "p2", "p3", "p4"]);
    await close();
  });

  it("leaves nothing behind where it fails, and overwrites nothing", async () => {
    await writeCorpus(animals);
    await index();
    const asked = server.asked.length;
    await expect(index()).rejects.toMatchObject({
      code: "E_FILE",
      message: expect.stringContaining("one that is there") as string,
    });
    expect(server.asked.length).toBe(asked);
    await expect(index("none/index")).rejects.toMatchObject({ code: "E_FILE" });
    await expect(
      index("other", { embed: async (texts) => texts.map((_, i) => new Float32Array(3 + i).fill(1)) }),
    ).rejects.toMatchObject({
      code: "E_PORT",
      message: "embed: passage 1 — expected 3 numbers, got 4",
    });
    await writeFile(at("corpus"), "");
    await expect(index("empty")).rejects.toMatchObject({ code: "E_EMPTY_CORPUS" });
    expect((await readdir(folder)).toSorted()).toEqual(["corpus", "index"]);
  });

  it("refuses what is no index, or another corpus', or another model's vectors", async () => {
    await writeCorpus(animals);
    await index();
    const opened = (name = "index") => openDense(at(name), at("corpus"), { embedderOf });
    await expect(opened("none")).rejects.toMatchObject({ code: "E_INDEX" });
    for (const [file, content] of [
      ["dense.json", "{}"],
      ["vectors.usearch", "not vectors"],
      ["places.f64", "short"],
    ] as const) {
      await cp(at("index"), at(file), { recursive: true });
      await writeFile(join(at(file), file), content);
      await expect(opened(file)).rejects.toMatchObject({
        code: "E_INDEX",
        message: expect.stringContaining(file) as string,
      });
    }
    const { retrieve, close } = await openDense(at("index"), at("corpus"), {
      embedderOf: () => async (texts) => texts.map(() => Float32Array.of(1, 2)),
    });
    await expect(retrieve(["x"], 1)).rejects.toMatchObject({ message: "embed: query — expected 64 numbers, got 2" });
    await close();
    await writeCorpus(animals.slice(1));
    await expect(opened()).rejects.toMatchObject({
      code: "E_INDEX",
      message: expect.stringContaining("expected the corpus of the index") as string,
    });
    await rm(at("corpus"));
    await expect(opened()).rejects.toMatchObject({ code: "E_FILE" });
  });
});

describe("createEmbedder", () => {
  const failing = async (answer: object) => {
    const broken = await serveEmbeddings(() => answer);
    try {
      await createEmbedder(broken.url, { fetch, model: "m" })(["a", "b"]);
    } finally {
      await broken.close();
    }
  };
  const entry = (index: number, ...embedding: number[]) => ({ index, embedding });

  it("asks so many at a time, and gives vectors in the order of the texts", async () => {
    const texts = ["cat", "dog cat", "bird", "fish"];
    const vectors = await createEmbedder(`${server.url}/`, { fetch, model: "m", batchSize: 3 })(texts);
    expect(vectors.map((vector) => Array.from(vector))).toEqual(texts.map(bagOfWords));
    expect(server.asked).toEqual([
      { model: "m", input: texts.slice(0, 3), encoding_format: "float" },
      { model: "m", input: ["fish"], encoding_format: "float" },
    ]);
  });

  it("says what a server got wrong", async () => {
    await expect(failing({ data: [entry(0, 1)] })).rejects.toMatchObject({
      code: "E_PORT",
      message: expect.stringMatching(/embeddings — expected 2, one a text, got 1 with the indices 0$/) as string,
    });
    await expect(failing({ data: [entry(0, 1), entry(2, 1)] })).rejects.toMatchObject({ code: "E_PORT" });
    await expect(failing({ data: [entry(0, 1), entry(1, 1, 2)] })).rejects.toMatchObject({
      message: expect.stringContaining("expected vectors of one length, got 1 and 2") as string,
    });
    await expect(failing({ error: "no" })).rejects.toMatchObject({ code: "E_PORT" });
    await expect(createEmbedder(`${server.url}/x`, { fetch, model: "m" })(["a"])).rejects.toMatchObject({
      code: "E_SERVER",
      message: expect.stringContaining("expected status 200, got 404: no such path") as string,
    });
    await server.close();
    await expect(createEmbedder(server.url, { fetch, model: "m" })(["a"])).rejects.toMatchObject({ code: "E_SERVER" });
  });
});
