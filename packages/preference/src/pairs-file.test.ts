import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message } from "./message.ts";
import type { Pair } from "./pair.ts";
import { readPairs, writePairs } from "./pairs-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pairs "));
  path = join(folder, "pairs.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const collect = async (): Promise<Pair[]> => {
  const pairs: Pair[] = [];
  for await (const pair of readPairs(path)) pairs.push(pair);
  return pairs;
};

const pair = (id: string, extra: Record<string, unknown> = {}): Pair => ({
  prompt: [{ role: "user", content: "Où ?" }],
  chosen: [{ role: "assistant", content: "là\u2028bas 😀" }],
  rejected: [{ role: "assistant", content: "ici" }],
  prompt_id: id,
  chosen_model: "weak",
  rejected_model: "weaker",
  ...extra,
});
const line = JSON.stringify(pair("x"));

describe("readPairs", () => {
  it("reads rows with their further keys; blank lines, CRLF and a byte order mark do no harm", async () => {
    await writeFile(path, `\uFEFF${line}\r\n\n${JSON.stringify(pair("y", { score: 1 }))}\n\n`);
    expect(await collect()).toEqual([pair("x"), pair("y", { score: 1 })]);
  });

  it("reads a last line without a line feed, and an empty file", async () => {
    await writeFile(path, line);
    expect(await collect()).toEqual([pair("x")]);
    await writeFile(path, "");
    expect(await collect()).toEqual([]);
  });

  it("names file, line and key of everything wrong in line 1,001, after the rows before it", async () => {
    const broken = { ...pair("z"), chosen: [{ role: "robot", content: 7, tools: [] }], rejected: [], prompt_id: null };
    await writeFile(path, `${`${line}\n`.repeat(1000)}${JSON.stringify(broken)}\n${line}\n`);
    let rows = 0;
    const read = async () => {
      for await (const _ of readPairs(path)) rows++;
    };
    await expect(read()).rejects.toMatchObject({
      code: "E_ROW",
      file: path,
      line: 1001,
      message: [
        `${path}:1001: chosen[0].role — expected "system" | "user" | "assistant" | "tool", got "robot"`,
        `${path}:1001: chosen[0].content — expected string, got 7`,
        `${path}:1001: chosen[0].tools — expected no such key, got []`,
        `${path}:1001: rejected — expected at least one entry, got []`,
        `${path}:1001: prompt_id — expected string, got null`,
      ].join("\n"),
    });
    expect(rows).toBe(1000);
  });

  it("says what a missing key is", async () => {
    const { prompt: _, ...rest } = pair("x");
    await writeFile(path, JSON.stringify(rest));
    await expect(collect()).rejects.toThrow(`${path}:1: prompt — expected array, got nothing`);
  });

  it.each([
    ["E_JSON", line.slice(0, 50), "expected a JSON object, got"],
    ["E_ROW", "[1]", "row — expected object, got [1]"],
    ["E_ENCODING", Buffer.from([0x22, 0xff, 0x22]), "expected UTF-8"],
  ])("refuses a line with %s", async (code, bytes, message) => {
    await writeFile(path, Buffer.concat([Buffer.from(`${line}\n`), Buffer.from(bytes)]));
    await expect(collect()).rejects.toMatchObject({
      code,
      line: 2,
      message: expect.stringContaining(message) as string,
    });
  });

  it("says which file is missing", async () => {
    await expect(collect()).rejects.toMatchObject({
      code: "E_FILE",
      file: path,
      message: expect.stringContaining("ENOENT") as string,
    });
  });

  it("may be left before its end", async () => {
    await writeFile(path, `${line}\n{`);
    for await (const first of readPairs(path)) {
      expect(first).toEqual(pair("x"));
      break;
    }
  });
});

describe("writePairs", () => {
  it("gives the same bytes whatever the order of keys, and nothing else", async () => {
    const straight = pair("x", { b: 1, a: 2 });
    const reversed = Object.fromEntries(Object.entries(straight).toReversed()) as Pair;
    for (const row of [straight, reversed]) {
      await writePairs(path, [row]);
      expect(await readFile(path, "utf8")).toBe(`${JSON.stringify(pair("x", { a: 2, b: 1 }))}\n`);
    }
    expect(await readdir(folder)).toEqual(["pairs.jsonl"]);
  });

  it("keeps what lies in further columns in its own order", async () => {
    const tools = [{ type: "function", name: "search" }];
    await writePairs(path, [pair("x", { tools })]);
    expect(await readFile(path, "utf8")).toContain('"tools":[{"type":"function","name":"search"}]');
  });

  it("reads back what it wrote, also beyond one chunk", async () => {
    const message = fc.record({
      role: fc.constantFrom<Message["role"]>("system", "user", "assistant", "tool"),
      content: fc.string({ unit: "binary" }),
    });
    const messages = fc.array(message, { minLength: 1, maxLength: 2 });
    const row = fc.record({
      prompt: messages,
      chosen: messages,
      rejected: messages,
      prompt_id: fc.string(),
      chosen_model: fc.string(),
      rejected_model: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), fc.constantFrom(1, 200), async (rows, times) => {
        const many = Array.from({ length: times }, () => rows).flat();
        await writePairs(path, many);
        expect(await collect()).toEqual(many);
      }),
      { numRuns: 15 },
    );
  });

  it("leaves the old file and no other when the rows break off", async () => {
    await writeFile(path, "old");
    async function* broken(): AsyncGenerator<Pair> {
      yield pair("x");
      throw new RangeError("model gone");
    }
    await expect(writePairs(path, broken())).rejects.toThrow(new RangeError("model gone"));
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["pairs.jsonl"]);
  });

  it("says which file it could not write, and cleans up", async () => {
    const missing = join(folder, "no", "pairs.jsonl");
    await expect(writePairs(missing, [])).rejects.toMatchObject({ code: "E_WRITE", file: missing });
    await mkdir(join(path, "in the way"), { recursive: true });
    await expect(writePairs(path, [])).rejects.toMatchObject({ code: "E_WRITE", file: path });
    expect(await readdir(folder)).toEqual(["pairs.jsonl"]);
  });
});
