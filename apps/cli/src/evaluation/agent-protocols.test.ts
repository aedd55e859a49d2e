import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { type ChatBody, type ScriptedChatServer, serveScriptedChat } from "../__fixtures__/scripted-chat-server.ts";

let folder: string;
let server: ScriptedChatServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-agent-"));
  await writeFile(at("questions.csv"), "Question,Answer\nWho is a beagle?,dog\nWho is a rook?,bird\n");
  const passages = ["Beagle\nA dog.", "Rook\nA bird."].map((contents, id) => JSON.stringify({ id, contents }));
  await writeFile(at("corpus.jsonl"), `${passages.join("\n")}\n`);
  expect((await runPda("retriever", "index", at("corpus.jsonl"), "--index", at("index"))).code).toBe(0);
  server = await serveScriptedChat((body) => ({ message: script(body) }));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

/** Searches for the question's last word, then answers with the last word of what was found; a call in the turn for the answer is not made. */
function script({ messages, tools }: ChatBody): object {
  const last = messages.at(-1)!;
  const [, asked = ""] = /(\w+)\?\n$/.exec(messages[0]!.content) ?? [];
  const [, found] = /A (\w+)\./.exec(last.content) ?? [];
  if (found !== undefined) return { content: tools === undefined ? `<answer>${found}` : `<answer>${found}</answer>` };
  return {
    content:
      tools === undefined
        ? `<search>${asked}`
        : `<tool_call>{"name": "search", "arguments": {"query": "${asked}"}}</tool_call>`,
  };
}

const contents = async (name: string) => {
  const files = (await readdir(at(name))).toSorted();
  return Promise.all(files.map(async (file) => [file, await readFile(join(at(name), file), "utf8")]));
};

test.each(["search-r1", "tools"])(
  "by %s a model searches and answers; the run is replayed with no model, to the same bytes",
  async (protocol) => {
    const asked = ["--task", "bamboogle", "--data", at("questions.csv"), "--protocol", protocol, "--top-k", "1"];
    const tool = ["--retriever", at("index"), "--corpus", at("corpus.jsonl"), "--record", at("calls")];
    const run = await runPda("eval", "m", "--server", server.url, ...asked, ...tool, "--out", at("out"), "--json");
    expect(run).toMatchObject({ code: 0 });
    const { results, config } = JSON.parse(await readFile(at("out/results.json"), "utf8")) as Record<
      string,
      Record<string, object>
    >;
    expect(results!["bamboogle"]).toMatchObject({
      ...{ "em,answer": 1, "turns,answer": 2, "searches,answer": 1, "invalid,answer": 0, "unparsed,answer": 0 },
      ...{ "think_leak,answer": 0, "truncated,answer": 0 },
    });
    expect(config).toMatchObject({ protocol, max_searches: 4, max_observation: 2000 });
    const [before, turns] = [await contents("out"), server.asked.length];
    expect(turns).toBe(4);

    await server.close();
    await rm(at("index"));
    expect(await runPda("eval", ...asked, "--replay", at("calls"), "--out", at("again"))).toMatchObject({ code: 0 });
    expect(await contents("again")).toEqual(before);
    expect(server.asked.length).toBe(turns);
  },
);

test("a server that dies half-way: a clear message, and the same command asks only what is missing", async () => {
  await server.close();
  let left = 3;
  const dying = await serveScriptedChat((body) => (left-- > 0 ? { message: script(body) } : null));
  const args = (out: string) => [
    ...["eval", "m", "--server", dying.url, "--retries", "0", "--batch-size", "1", "--top-k", "1", "--out", at(out)],
    ...["--task", "bamboogle", "--data", at("questions.csv"), "--protocol", "tools"],
    ...["--retriever", at("index"), "--corpus", at("corpus.jsonl")],
  ];
  expect(await runPda(...args("out"))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/chat\/completions: expected an answer, got .*\[E_SERVERS\]/) as string,
  });
  expect(dying.asked.length).toBe(3);
  await dying.close();
  server = await serveScriptedChat((body) => ({ message: script(body) }), { port: dying.port });
  expect((await runPda(...args("out"))).code).toBe(0);
  expect(server.asked.length).toBe(1);
  expect((await runPda(...args("whole"))).code).toBe(0);
  expect(await contents("out")).toEqual(await contents("whole"));
});

test("a protocol that is none is refused", async () => {
  const args = ["--task", "bamboogle", "--data", at("questions.csv"), "--protocol", "react", "--out", at("out")];
  expect(await runPda("eval", "m", ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--protocol: expected one of search-r1, tools, found react") as string,
  });
});
