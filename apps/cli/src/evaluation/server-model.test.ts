import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CausalLm } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type CompletionsServer, serveCompletions } from "../__fixtures__/completions-server.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { openEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { engineOptionsSchema } from "../engine/engine-options.ts";
import { completionsClient } from "./completions-client.ts";
import { echoedLikelihood } from "./echoed-likelihood.ts";
import { localModel } from "./local-model.ts";
import { serverModel } from "./server-model.ts";

let engine: Engine;
let lm: CausalLm;
let server: CompletionsServer;
let folder: string;
beforeAll(async () => {
  engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  lm = await engine.model(tinyModel);
});
afterAll(() => engine.close());
beforeEach(async () => {
  server = await serveCompletions(lm);
  folder = await mkdtemp(join(tmpdir(), "pda-server-"));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const { signal } = new AbortController();
const behind = (url: string, chat = false) => serverModel({ url, model: "tiny", chat, fetch, signal, backoffMs: 1 });
const here = () => localModel(lm, { batchSize: 4, random: createRandom(1) });
const request = (context: string) => ({ context, until: ["e"], maxNewTokens: 5, temperature: 0 });

test("a served model's likelihoods, greedy marks and answers are the model's own", async () => {
  const [greedy] = await here().generate([{ ...request("The sky"), until: [], maxNewTokens: 1 }]);
  const pairs = [
    { context: "The sky", continuation: " is" },
    { context: "The sky ", continuation: "is naïve" },
    { context: "The sky", continuation: greedy!.text },
  ];
  const [own, served] = [await here().loglikelihood(pairs), await behind(server.url).loglikelihood(pairs)];
  served.forEach(({ logProb, isGreedy }, i) => {
    expect(logProb).toBeCloseTo(own[i]!.logProb, 4);
    expect(isGreedy).toBe(own[i]!.isGreedy);
  });
  expect(served.map(({ isGreedy }) => isGreedy)).toEqual([false, false, true]);
  const cut = (answers: readonly { text: string }[]) => answers.map(({ text }) => text.split("e", 1)[0]);
  expect(cut(await behind(server.url).generate([request("a"), request("b")]))).toEqual(
    cut(await here().generate([request("a"), request("b")])),
  );
});

test("conversations go to the chat of the server", async () => {
  const messages = [{ role: "user" as const, content: "Say a" }];
  const own = here();
  const served = behind(server.url, true);
  const [there] = await served.generate([request(served.chatTemplate(messages))]);
  const [here_] = await own.generate([request(own.chatTemplate(messages))]);
  expect(there!.text).toBe(here_!.text.split("e", 1)[0]);
  const asked = { id: "1", prompt: messages, segments: [] };
  const options = { stop: [], maxNewTokens: 4, turn: 0 };
  expect(await served.continueText([asked], options)).toEqual(await own.continueText([asked], options));
  await expect(async () => served.loglikelihood([{ context: "a", continuation: "b" }])).rejects.toMatchObject({
    code: "E_USAGE",
  });
});

test("tokens that begin at the context's end count, by code points; the added one does not", () => {
  const answer = {
    choices: [
      {
        logprobs: {
          token_logprobs: [null, -1, -2, -4, -8],
          top_logprobs: [null, { x: -1 }, { x: -2 }, { x: -4, y: -4 }, { z: -0.1 }],
          // "🙂b cd" and one more: the context is "🙂b".
          text_offset: [0, 1, 2, 4, 5],
        },
      },
    ],
  };
  const pair = { context: "🙂b", continuation: " cd" };
  expect(echoedLikelihood(answer, pair, "s")).toEqual({ logProb: -6, isGreedy: true });
  expect(echoedLikelihood(answer, { context: "🙂b ", continuation: "cd" }, "s").logProb).toBe(-6);
  expect(() => echoedLikelihood({ choices: [{ text: "x" }] }, pair, "s")).toThrow(
    /^s: expected log-probs of the prompt/,
  );
  expect(() => echoedLikelihood(answer, { context: "🙂b cd", continuation: "" }, "s")).toThrow("expected tokens of");
});

test("a server that dies half-way: what was answered stays, and the same command goes on to the same numbers", async () => {
  const rows = Array.from({ length: 6 }, (_, i) => ({
    question: `${i}?`,
    choices: { text: ["a", "b"], label: ["A", "B"] },
    answerKey: "A",
  }));
  await writeFile(at("arc.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const evaluate = (out: string, url: string) =>
    runPda(
      ...["eval", "--server", url, "--model", "tiny", "--task", "arc_easy", "--data", at("arc.jsonl")],
      ...["--out", at(out), "--batch-size", "4", "--retries", "0"],
    );
  expect(await evaluate("whole", server.url)).toMatchObject({ code: 0 });
  expect(server.answered()).toBe(12);

  const dying = await serveCompletions(lm, { diesAfter: 6 });
  const failed = await evaluate("out", dying.url);
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/completions: expected an answer, got .*\[E_SERVERS\]/) as string,
  });
  expect(await readdir(folder)).not.toContain("out");
  await dying.close().catch(() => undefined);
  const revived = await serveCompletions(lm, { port: dying.port });
  expect(await evaluate("out", dying.url)).toMatchObject({ code: 0 });
  // Four were answered and kept together; two more were lost with their batch.
  expect(revived.answered()).toBe(8);
  await revived.close();
  const samples = (name: string) => readFile(join(at(name), "samples_arc_easy.jsonl"), "utf8");
  expect(await samples("out")).toBe(await samples("whole"));
  const { config } = JSON.parse(await readFile(at("out/results.json"), "utf8")) as { config: object };
  expect(config).toMatchObject({ server: dying.url, model: "tiny", seed: 1 });
});

test("what passes is tried again, what does not is not, and the key is sent", async () => {
  const replies = [503, 429, 200, 401];
  const keys: unknown[] = [];
  const fickle = createServer((asked, response) => {
    keys.push(asked.headers.authorization);
    response.writeHead(replies.shift()!).end('{"ok": true}');
  }).listen(0, "127.0.0.1");
  await once(fickle, "listening");
  const url = `http://127.0.0.1:${(fickle.address() as AddressInfo).port}/v1/`;
  const post = completionsClient({ url, key: "k", fetch, signal, backoffMs: 1 });
  expect(await post("completions", {})).toEqual({ ok: true });
  await expect(post("completions", {})).rejects.toMatchObject({
    code: "E_SERVERS",
    message: expect.stringContaining("expected an answer, got HTTP 401") as string,
  });
  expect(keys).toEqual(Array.from({ length: 4 }, () => "Bearer k"));
  fickle.close();
});

test("a server that says when to come back is not asked before, and Ctrl-C ends the wait", async () => {
  const times: number[] = [];
  const busy = createServer((_, response) => {
    const status = times.push(performance.now()) === 2 ? 200 : 429;
    response.writeHead(status, { "retry-after": times.length === 1 ? "0.2" : "60" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(busy, "listening");
  const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}/v1`;
  const controller = new AbortController();
  const post = completionsClient({ url, fetch, signal: controller.signal, backoffMs: 1 });
  expect(await post("completions", {})).toEqual({});
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(199);
  const waiting = post("completions", {});
  while (times.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  busy.close();
});

test("what a server cannot take is refused before it is asked", async () => {
  const args = ["eval", "--model", "m", "--task", "gsm8k", "--data", "x", "--out", at("o")];
  expect((await runPda(...args, "--server", "localhost:8000")).stderr).toBe(
    "pda: wrong arguments [E_USAGE]\n  --server: expected a URL as http://host/v1, found localhost:8000\n",
  );
  expect((await runPda(...args, "--key-env", "K")).stderr).toContain("--key-env: expected --server with it");
});
