import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentFromContents } from "./document.ts";
import { searchR1Observation, templateObservation } from "./observation.ts";
import { readCorpus } from "./read-corpus.ts";
import { createTitleIndex } from "./title-index.ts";

const documents = ["hound", "house", "mouse", "Hound"].map((title, i) => ({
  id: String(i),
  title,
  text: `about ${title}`,
}));

describe("createTitleIndex", () => {
  const titles = async (query: string, topK: number) =>
    (await createTitleIndex(documents)([query], topK))[0]!.map(({ id }) => id);

  it("finds the exact title, whatever its case and blanks, the first of equals", async () => {
    expect(await titles("  HOUND ", 2)).toEqual(["0", "3"]);
  });

  it("finds the most alike where there is none", async () => {
    // trigrams of "mouze": {"  m", " mo", "mou", "ouz", "uze", "ze "}; mouse shares 3 of 9
    expect(await titles("mouze", 1)).toEqual(["2"]);
    expect(await titles("hous", 1)).toEqual(["1"]);
  });

  it("gives corpus order to queries that are like nothing", async () => {
    expect(await titles("xyz", 4)).toEqual(["0", "1", "2", "3"]);
  });

  it("answers queries in their order", async () => {
    const found = await createTitleIndex(documents)(["mouse", "house"], 1);
    expect(found.map(([first]) => first!.title)).toEqual(["mouse", "house"]);
  });

  it("needs a passage", () => {
    expect(() => createTitleIndex([])).toThrow(expect.objectContaining({ code: "E_EMPTY_CORPUS" }));
  });
});

describe("observations", () => {
  it("are Search-R1's by default", () => {
    expect(searchR1Observation(documents.slice(0, 2))).toBe(
      "\n\n<information>Doc 1(Title: hound) about hound\nDoc 2(Title: house) about house\n</information>\n\n",
    );
  });

  it("follow a template, and keep what looks like a replacement pattern", () => {
    const format = templateObservation("<information> {title}. {text}</information>");
    expect(format([{ id: "1", title: "a", text: "costs $& {title}" }])).toBe(
      "<information> a. costs $& {title}</information>",
    );
  });
});

describe("readCorpus", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "corpus "))));
  afterAll(() => rm(folder, { recursive: true }));
  const corpus = async (...lines: string[]): Promise<string> => {
    const path = join(folder, `${lines.length}.jsonl`);
    await writeFile(path, lines.join("\n"));
    return path;
  };

  it("takes the first line for the title", async () => {
    const path = await corpus(
      JSON.stringify({ id: "a", contents: "hound\nkind: dog.\nold" }),
      "",
      JSON.stringify({ id: 2, contents: "alone" }),
    );
    expect(await readCorpus(path)).toEqual([
      { id: "a", title: "hound", text: "kind: dog.\nold" },
      { id: "2", title: "alone", text: "" },
    ]);
    expect(documentFromContents("x", "\ntext")).toEqual({ id: "x", title: "", text: "text" });
  });

  it("names the line that is broken", async () => {
    const path = await corpus(JSON.stringify({ id: "a", contents: "b" }), "{");
    await expect(readCorpus(path)).rejects.toMatchObject({
      code: "E_ROW",
      message: expect.stringContaining("2.jsonl:2: passage — expected one JSON object, found {") as string,
    });
    await expect(readCorpus(await corpus('{"id": true}'))).rejects.toMatchObject({ code: "E_ROW" });
    await expect(readCorpus(join(folder, "absent"))).rejects.toMatchObject({ code: "E_FILE" });
  });
});
