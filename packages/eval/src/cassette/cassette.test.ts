import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Continue, runAgent } from "../search/agent.ts";
import { createBm25Retriever } from "../search/bm25/bm25-retriever.ts";
import type { Retrieve } from "../search/document.ts";
import { type CassetteEntry, inChunks, recordCalls, replayCalls, resumeCalls } from "./cassette.ts";
import { createCassette, readCassette, resumeCassette } from "./cassette-file.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "cassette "))));
afterAll(() => rm(folder, { recursive: true }));

const requests = ["beagle", "siamese", "unicorn"].map((id) => ({
  id,
  prompt: [{ role: "user" as const, content: `What is a ${id}?` }],
}));
const retrieve: Retrieve = createBm25Retriever([
  { id: "1", title: "Beagle", text: "A dog — it hunts.\u2028" },
  { id: "2", title: "Siamese", text: "A cat." },
]);
/** Searches once, then answers with what it found. */
const model: Continue = async (asked, { turn }) =>
  asked.map(({ id, segments }) =>
    turn === 0 && id !== "unicorn"
      ? { text: `<search>${id}</search>`, stop: "stop" }
      : { text: `<answer>${segments.at(-1)?.text.length ?? 0}</answer>`, stop: "end" },
  );
const run = (continueText: Continue, find: Retrieve) =>
  runAgent(requests, { continueText, retrieve: find, topK: 1, maxSearches: 1, maxNewTokens: 8 });

describe("a cassette", () => {
  it("replays an agent's run with no model and no retriever, byte for byte", async () => {
    const [first, second] = [join(folder, "first.jsonl"), join(folder, "second.jsonl")];
    const recorder = await createCassette(first);
    const recorded = await run(
      recordCalls("model", model, recorder.tell),
      recordCalls("retrieve", retrieve, recorder.tell),
    );
    await recorder.close();

    const entries = await readCassette(first);
    expect(entries.map(({ port }) => port)).toEqual(["model", "retrieve", "model"]);
    const again = await createCassette(second);
    const replayed = await run(
      recordCalls("model", replayCalls("model", entries), again.tell),
      recordCalls("retrieve", replayCalls("retrieve", entries), again.tell),
    );
    await again.close();
    expect(JSON.stringify(replayed)).toBe(JSON.stringify(recorded));
    expect(await readFile(second)).toEqual(await readFile(first));
    expect(recorded[0]!.searches).toBe(1);
  });

  it("answers only what was recorded, in its order and no more often", async () => {
    const entries: CassetteEntry[] = [];
    let count = 0;
    const count1 = recordCalls(
      "count",
      async (by: number) => ({ count: (count += by) }),
      (entry) => void entries.push(entry),
    );
    await count1(1);
    await count1(1);
    await count1(2);
    const replay = replayCalls<[number], { count: number }>("count", entries);
    const one = await replay(1);
    one.count = 99;
    expect(await replay(2)).toEqual({ count: 4 });
    expect(await replay(1)).toEqual({ count: 2 });
    await expect(replay(1)).rejects.toMatchObject({
      code: "E_CASSETTE",
      message: "count: expected a recorded request, got once more than it was recorded: [1]",
    });
    await expect(replay(7)).rejects.toMatchObject({
      code: "E_CASSETTE",
      message: "count: expected a recorded request, got [7]",
    });
    await expect(replayCalls("other", entries)(1)).rejects.toMatchObject({ code: "E_CASSETTE" });
  });

  it("holds a request as it was asked, whatever becomes of it, and no call that failed", async () => {
    const entries: CassetteEntry[] = [];
    const list = [1];
    const call = recordCalls(
      "p",
      async (asked: number[]) => {
        if (asked.length === 0) throw new Error("no");
        asked.push(2);
        return "ok";
      },
      (entry) => void entries.push(entry),
    );
    await call(list);
    await expect(call([])).rejects.toThrow("no");
    expect(entries).toEqual([{ port: "p", request: [[1]], response: "ok" }]);
  });

  it("leaves out a line that was not finished, and refuses broken ones and files that are there", async () => {
    const path = join(folder, "stopped.jsonl");
    const writer = await createCassette(path);
    const entry = { port: "p", request: [1], response: "é" };
    await Promise.all([writer.tell(entry), writer.tell({ ...entry, request: [2] })]);
    await writer.close();
    await expect(writer.tell(entry)).rejects.toMatchObject({ code: "E_FILE" });
    await appendFile(path, '{"port": "p", "requ');
    expect(await readCassette(path)).toEqual([entry, { ...entry, request: [2] }]);
    await expect(createCassette(path)).rejects.toMatchObject({ code: "E_FILE" });
    await expect(readCassette(join(folder, "none"))).rejects.toMatchObject({ code: "E_FILE" });
    const broken = join(folder, "broken.jsonl");
    await writeFile(broken, '{"port": 1}\n');
    await expect(readCassette(broken)).rejects.toMatchObject({
      code: "E_ROW",
      message: expect.stringContaining("broken.jsonl:1: call") as string,
    });
  });

  it("lets a run that was stopped go on, asking nothing twice", async () => {
    const path = join(folder, "resumed.jsonl");
    const asked: number[][] = [];
    const square =
      (failsAt: number) =>
      async (numbers: readonly number[]): Promise<number[]> => {
        if (numbers.includes(failsAt)) throw new Error("server gone");
        asked.push([...numbers]);
        return numbers.map((n) => n * n);
      };
    const attempt = async (failsAt: number): Promise<number[]> => {
      const cassette = await resumeCassette(path);
      try {
        return await inChunks(resumeCalls("square", square(failsAt), cassette), 2)([1, 2, 3, 4, 5]);
      } finally {
        await cassette.close();
      }
    };
    await expect(attempt(5)).rejects.toThrow("server gone");
    await appendFile(path, '{"port": "squ'); // as a kill leaves it
    expect(await attempt(0)).toEqual([1, 4, 9, 16, 25]);
    expect(asked).toEqual([[1, 2], [3, 4], [5]]);
    expect(await attempt(1)).toEqual([1, 4, 9, 16, 25]);
    expect((await readCassette(path)).map(({ response }) => response)).toEqual([[1, 4], [9, 16], [25]]);
    await expect(resumeCassette(folder)).rejects.toMatchObject({ code: "E_FILE" });
  });
});

describe("inChunks", () => {
  it("asks so many at a time, and gives the rest of the arguments to each", async () => {
    const asked: unknown[] = [];
    const chunked = inChunks(async (requests: readonly string[], topK: number) => {
      asked.push([requests, topK]);
      return requests.map((request) => request + topK);
    }, 2);
    expect(await chunked(["a", "b", "c"], 3)).toEqual(["a3", "b3", "c3"]);
    expect(asked).toEqual([
      [["a", "b"], 3],
      [["c"], 3],
    ]);
    expect(await chunked([], 3)).toEqual([]);
  });
});
