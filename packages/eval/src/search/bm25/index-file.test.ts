import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCorpus } from "../read-corpus.ts";
import { createBm25Retriever } from "./bm25-retriever.ts";
import { indexCorpus } from "./index-corpus.ts";
import { openBm25 } from "./open-index.ts";

let folder: string;
let corpus: string;
let index: string;
const rows = [
  { id: "a", contents: "Zürich\nA city in Switzerland." },
  { id: 2, contents: "Chad\nA country; its capital is N'Djamena." },
  { id: "c", contents: "Alone" },
  { id: "d", contents: "Cities\nA city, a city and a city." },
];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bm25 "));
  corpus = join(folder, "corpus.jsonl");
  index = join(folder, "corpus.bm25");
  // Blank lines, CRLF and a missing last line feed: places are those of bytes.
  await writeFile(corpus, rows.map((row) => JSON.stringify(row)).join("\r\n\n"));
  await indexCorpus(corpus, index);
});
afterAll(() => rm(folder, { recursive: true }));

describe("an index on disk", () => {
  it("finds what the one in memory finds, texts from the corpus file", async () => {
    const inMemory = createBm25Retriever(await readCorpus(corpus));
    const opened = await openBm25(index, corpus);
    const queries = ["cities", "capital of Chad", "ZÜRICH", "nothing"];
    const found = await opened.retrieve(queries, 2);
    expect(found).toEqual(await inMemory(queries, 2));
    expect(found.map((hits) => hits.map(({ id }) => id))).toEqual([["d", "a"], ["2"], ["a"], []]);
    expect(found[0]![0]).toMatchObject({ title: "Cities", text: "A city, a city and a city." });
    expect(opened.size).toBe(4);
    await opened.close();
  });

  it("has the same bytes whenever it is made, and leaves nothing beside it", async () => {
    const again = join(folder, "again.bm25");
    expect(await indexCorpus(corpus, again)).toEqual({ passages: 4, terms: 9 });
    expect(await readFile(again)).toEqual(await readFile(index));
    expect(await readdir(folder)).toEqual(["again.bm25", "corpus.bm25", "corpus.jsonl"]);
  });

  it("holds a corpus without a single term", async () => {
    const [bare, bareIndex] = [join(folder, "bare.jsonl"), join(folder, "bare.bm25")];
    await writeFile(bare, '{"id": "x", "contents": "the"}\n');
    expect(await indexCorpus(bare, bareIndex)).toEqual({ passages: 1, terms: 0 });
    const opened = await openBm25(bareIndex, bare);
    expect(await opened.retrieve(["the", "x"], 3)).toEqual([[], []]);
    await opened.close();
  });

  it("refuses a corpus without a passage, and one that is broken, and writes nothing then", async () => {
    const [broken, target] = [join(folder, "broken.jsonl"), join(folder, "broken.bm25")];
    await writeFile(broken, "\n");
    await expect(indexCorpus(broken, target)).rejects.toMatchObject({ code: "E_EMPTY_CORPUS" });
    await writeFile(broken, `${JSON.stringify(rows[0])}\n{"id": 1}\n`);
    await expect(indexCorpus(broken, target)).rejects.toThrow(`${broken}:2: contents — expected string, got nothing`);
    await expect(readFile(target)).rejects.toThrow("ENOENT");
    await expect(indexCorpus(corpus, join(folder, "absent", "x"))).rejects.toMatchObject({ code: "E_FILE" });
  });

  it("refuses files that are no index, cut short, or of another corpus", async () => {
    const bytes = await readFile(index);
    const bad = async (content: Buffer) => {
      const path = join(folder, "bad.bm25");
      await writeFile(path, content);
      return openBm25(path, corpus);
    };
    const otherHeader = Buffer.from(bytes);
    otherHeader.write("[", 12);
    for (const content of [
      Buffer.from("PK"),
      Buffer.alloc(64),
      bytes.subarray(0, 40),
      bytes.subarray(0, -8),
      otherHeader,
    ]) {
      await expect(bad(content)).rejects.toMatchObject({ code: "E_INDEX" });
    }
    const other = join(folder, "other.jsonl");
    await writeFile(other, `${JSON.stringify(rows[0])}\n`);
    await expect(openBm25(index, other)).rejects.toThrow(`expected the index of ${other}`);
    await expect(openBm25(join(folder, "none"), corpus)).rejects.toMatchObject({ code: "E_FILE" });
  });
});
