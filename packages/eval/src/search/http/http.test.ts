import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBm25Retriever } from "../bm25/bm25-retriever.ts";
import { createRetrieverClient } from "./retriever-client.ts";
import { type RetrieverServer, serveRetriever } from "./retriever-server.ts";

const retrieve = createBm25Retriever([
  { id: "a", title: "Hound", text: "A dog that hunts." },
  { id: "b", title: "Dog", text: "" },
  { id: "c", title: "Cat", text: "Not a dog.\nIt purrs." },
]);

describe("serveRetriever", () => {
  let server: RetrieverServer;
  beforeEach(
    async () => void (server = await serveRetriever({ retrieve, maxTopK: 5, maxQueries: 2, maxBodyBytes: 500 })),
  );
  afterEach(() => server.close());
  const post = async (body: string, headers: Record<string, string> = { "content-type": "application/json" }) => {
    const response = await fetch(server.url, { method: "POST", headers, body });
    return { status: response.status, body: (await response.json()) as unknown };
  };

  it("gives the client what the retriever gives", async () => {
    const client = createRetrieverClient(server.url, { fetch });
    const queries = ["hunting dogs", "purring", "nothing"].slice(0, 2);
    expect(await client(queries, 3)).toEqual(await retrieve(queries, 3));
    expect((await client(["dog"], 1)).map((hits) => hits.map(({ id }) => id))).toEqual([["b"]]);
    expect(await client([], 3)).toEqual([]);
  });

  it("answers as Search-R1's own server, with scores and without", async () => {
    const best = (await retrieve(["purrs"], 1))[0]![0]!;
    const cat = { id: "c", contents: "Cat\nNot a dog.\nIt purrs." };
    expect(await post('{"queries": ["purrs"], "topk": 1, "return_scores": true}')).toEqual({
      status: 200,
      body: { result: [[{ document: cat, score: best.score }]] },
    });
    expect(await post('{"queries": ["purrs"]}')).toEqual({ status: 200, body: { result: [[cat]] } });
    expect(await post('{"queries": ["dog", "cat"], "topk": null}')).toMatchObject({ status: 200 });
  });

  it.each([
    ['{"queries": ["a"], "topk": 6}', 400, "topk: expected at most 5, got 6"],
    ['{"queries": ["a"], "topk": 0}', 400, "topk"],
    ['{"queries": ["a", "b", "c"]}', 400, "queries: expected at most 2, got 3"],
    ['{"queries": "a"}', 400, "queries"],
    ['{"queries": [], "top_k": 1}', 400, "top_k"],
    ["{", 400, "body: expected JSON"],
    [`{"queries": ["${"x".repeat(600)}"]}`, 413, "body: expected at most 500 bytes"],
  ])("refuses %s", async (body, status, message) => {
    expect(await post(body)).toEqual({ status, body: { error: expect.stringContaining(message) as string } });
  });

  it("refuses other paths, methods and types", async () => {
    expect((await post("{}", { "content-type": "text/plain" })).status).toBe(415);
    expect((await fetch(server.url)).status).toBe(405);
    expect((await fetch(new URL("/", server.url))).status).toBe(404);
  });

  it("says so when the retriever fails, and serves on", async () => {
    let broken = true;
    const flaky = await serveRetriever({
      retrieve: async (queries, topK) => {
        if (broken) throw new Error("disk gone");
        return retrieve(queries, topK);
      },
    });
    const client = createRetrieverClient(flaky.url, { fetch });
    await expect(client(["dog"], 1)).rejects.toMatchObject({
      code: "E_SERVER",
      message: `${flaky.url}: expected status 200, got 500: {"error":"disk gone"}`,
    });
    broken = false;
    expect(await client(["dog"], 1)).toHaveLength(1);
    await flaky.close();
  });

  it("listens on this machine alone, and on a free port", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/retrieve$/);
    const port = Number(new URL(server.url).port);
    await expect(serveRetriever({ retrieve, port })).rejects.toMatchObject({ code: "E_SERVER" });
  });
});

describe("createRetrieverClient", () => {
  let server: Server;
  const reply = async (answer: string | null): Promise<string> => {
    server = createServer((_, response) => (answer === null ? undefined : response.end(answer)));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/retrieve`;
  };
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it("reads answers without scores and ids, and no more than asked for", async () => {
    const url = await reply(
      '{"result": [[{"contents": "One\\ntwo", "title": "x"}, {"id": 7, "contents": "Three"}, {"contents": "four"}]]}',
    );
    expect(await createRetrieverClient(url, { fetch })(["q"], 2)).toEqual([
      [
        { id: "0", title: "One", text: "two", score: 0 },
        { id: "7", title: "Three", text: "", score: 0 },
      ],
    ]);
  });

  it.each([
    ["not JSON", "expected JSON, got not JSON"],
    ['{"result": []}', "results — expected 1, one a query, got 0"],
    ['{"result": [[{"text": "x"}]]}', "answer — "],
  ])("refuses %s", async (answer, message) => {
    const url = await reply(answer);
    await expect(createRetrieverClient(url, { fetch })(["q"], 1)).rejects.toMatchObject({
      code: "E_PORT",
      message: expect.stringContaining(message) as string,
    });
  });

  it("says when a server is too slow or not there", async () => {
    const url = await reply(null);
    const failure = { code: "E_SERVER" };
    await expect(createRetrieverClient(url, { fetch, timeoutMs: 50 })(["q"], 1)).rejects.toMatchObject(failure);
    server.close();
    server.closeAllConnections();
    await expect(createRetrieverClient(url, { fetch })(["q"], 1)).rejects.toMatchObject(failure);
  });
});
