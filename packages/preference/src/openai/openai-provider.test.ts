import { createRandom } from "@prefdelta/random";
import { afterEach, describe, expect, it } from "vitest";
import { startStandIn, type StandInOptions, type StandInServer } from "../__fixtures__/stand-in-server.ts";
import { standInAnswer } from "../__fixtures__/stand-in-answer.ts";
import type { FaultKind } from "../__fixtures__/fault-plan.ts";
import type { Message } from "../message.ts";
import type { Tool } from "../tools.ts";
import { checkServers } from "./check-servers.ts";
import { openAiOptions, type OpenAiOptionsInput } from "./openai-options.ts";
import { openAiProvider } from "./openai-provider.ts";

const servers: StandInServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
const start = async (options: Partial<StandInOptions> = {}) => {
  const server = await startStandIn({ models: ["m"], stallMs: 300, ...options });
  servers.push(server);
  return server;
};

const prompt = (content: string): Message[] => [{ role: "user", content }];
const said = (content: string, sample = 0) => standInAnswer("m", JSON.stringify(prompt(content)), sample);
const fastRetries = { first: 0.005, max: 0.05 };
const parse = (input: Partial<OpenAiOptionsInput> & Pick<OpenAiOptionsInput, "urls">) =>
  openAiOptions.parse({ model: "m", backoff_seconds: fastRetries, ...input });
const provide = (input: Parameters<typeof parse>[0]) =>
  openAiProvider(parse(input), { fetch, random: createRandom(1) });

describe("openAiProvider", () => {
  it("sends what was set and nothing else", async () => {
    const { url, bodies } = await start({ keepBodies: true });
    const sampling = {
      temperature: 0.6,
      top_p: 0.95,
      top_k: 20,
      seed: 7,
      stop: ["</answer>"],
      chat_template_kwargs: { enable_thinking: false },
    };
    await provide({ urls: [`${url}/`], sampling }).complete(prompt("a"));
    expect(bodies).toEqual([{ model: "m", messages: prompt("a"), max_tokens: 2048, n: 1, ...sampling }]);
  });

  it("tells the model of a prompt's tools, and of a choice only with them", async () => {
    const { url, bodies } = await start({ keepBodies: true });
    const tools: Tool[] = [{ type: "function", function: { name: "search", parameters: { type: "object" } } }];
    const provider = provide({ urls: [url], sampling: { tool_choice: "none" } });
    await provider.complete(prompt("a"), { tools });
    await provider.complete(prompt("a"));
    expect(bodies[0]).toMatchObject({ tools, tool_choice: "none" });
    expect(bodies[1]).not.toHaveProperty("tool_choice");
    await expect(provide({ urls: [url], api: "completions" }).complete(prompt("a"), { tools })).rejects.toMatchObject({
      code: "E_REQUEST",
      message: expect.stringContaining("tools — expected none with api: completions") as string,
    });
  });

  it("gives n completions in the order of their indices, with usage", async () => {
    const { url } = await start();
    const completions = await provide({ urls: [url], sampling: { n: 3 } }).complete(prompt("a"));
    expect(completions.map(({ text }) => text)).toEqual([0, 1, 2].map((sample) => said("a", sample)));
    expect(completions[0]).toMatchObject({ finish: "stop", usage: { prompt: 3, completion: 5 } });
  });

  it("keeps reasoning apart, and says what was cut off", async () => {
    const { url } = await start();
    const sampling = { chat_template_kwargs: { enable_thinking: true }, max_tokens: 1 };
    const [completion] = await provide({ urls: [url], sampling }).complete(prompt("a"));
    expect(completion).toMatchObject({ text: said("a"), reasoning: "hm", finish: "length" });
  });

  it("speaks the completions protocol for base models", async () => {
    const { url, bodies } = await start({ keepBodies: true });
    const [completion] = await provide({ urls: [url], api: "completions" }).complete([
      { role: "system", content: "Q" },
      { role: "user", content: "A" },
    ]);
    expect(completion!.text).toBe(standInAnswer("m", "Q\nA"));
    expect(bodies).toEqual([{ model: "m", prompt: "Q\nA", temperature: 0, max_tokens: 2048, n: 1 }]);
  });

  it("goes on with an answer that was begun, drawn otherwise for once", async () => {
    const { url, bodies } = await start({ keepBodies: true });
    const begun: Message[] = [...prompt("a"), { role: "assistant", content: "Well, " }];
    for (const api of ["chat", "completions"] as const)
      await provide({ urls: [url], api, sampling: { n: 2 } }).complete(begun, {
        sampling: { n: 1, stop: ["</search>"] },
      });
    const drawn = { model: "m", temperature: 0, max_tokens: 2048, n: 1, stop: ["</search>"] };
    expect(bodies).toEqual([
      { ...drawn, messages: begun, continue_final_message: true, add_generation_prompt: false },
      { ...drawn, prompt: "aWell, " },
    ]);
  });

  it("has answers streamed, and says of them what it says of others", async () => {
    const { url, bodies } = await start({ keepBodies: true });
    const sampling = { n: 2, chat_template_kwargs: { enable_thinking: true } };
    for (const api of ["chat", "completions"] as const) {
      const [whole, streamed] = [false, true].map((stream) => provide({ urls: [url], api, sampling, stream }));
      expect(await streamed!.complete(prompt("a"))).toEqual(await whole!.complete(prompt("a")));
      expect(streamed!.identity).toEqual(whole!.identity);
    }
    expect(bodies[0]).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  const faultKinds: FaultKind[] = ["429", "429-after", "500", "reset", "garbage", "stall", "drip", "twice"];
  it.each(faultKinds.flatMap((kind) => [false, true].map((stream) => ({ kind, stream }))))(
    "gets the right answers through $kind, streamed: $stream",
    async ({ kind, stream }) => {
      const { url, stats } = await start({ faults: { seed: 3, rate: 0.4, kinds: [kind] }, stallMs: 200 });
      const provider = provide({ urls: [url], timeout_seconds: 0.1, retries: 30, stream });
      const contents = Array.from({ length: 12 }, (_, i) => `q${i}`);
      const answers = await Promise.all(contents.map((content) => provider.complete(prompt(content))));
      expect(answers.map(([answer]) => answer!.text)).toEqual(contents.map((content) => said(content)));
      const harmless = kind === "twice" && stream; // what follows [DONE] is not looked at
      expect(stats.requests > contents.length).toBe(!harmless);
    },
  );

  it("waits as long as the server asks, and jitter on top", async () => {
    const { url } = await start({ faults: { seed: 1, rate: 1, kinds: ["429-after"] } });
    const waits: number[] = [];
    const provider = openAiProvider(parse({ urls: [url], retries: 5 }), {
      fetch,
      random: createRandom(1),
      sleep: async (ms) => {
        waits.push(ms);
      },
    });
    await expect(provider.complete(prompt("a"))).rejects.toMatchObject({
      code: "E_REQUEST",
      message: expect.stringContaining("in 6 attempts, got HTTP 429") as string,
    });
    expect(waits).toHaveLength(5);
    for (const ms of waits) expect(ms).toBeGreaterThanOrEqual(50);
    expect(new Set(waits).size).toBe(5);
  });

  it("tells a prompt that cannot be answered from a server that cannot answer, at the first reply", async () => {
    const untemplated = await start({ chatTemplate: false });
    await expect(provide({ urls: [untemplated.url] }).complete(prompt("a"))).rejects.toMatchObject({
      code: "E_REQUEST",
      message: `${untemplated.url} — expected an answer from m, got HTTP 400 {"error":{"message":"no chat template is defined"}}`,
    });
    const { url, stats } = await start({ key: "right" });
    await expect(provide({ urls: [url], key: "wrong" }).complete(prompt("a"))).rejects.toMatchObject({
      code: "E_PROVIDER",
    });
    await expect(provide({ urls: [url], key: "right", model: "x" }).complete(prompt("a"))).rejects.toMatchObject({
      code: "E_PROVIDER",
    });
    expect([untemplated.stats.requests, stats.requests]).toEqual([1, 2]);
  });

  it("shares the work among servers, and does without a dead one", async () => {
    const [left, right] = await Promise.all([start({ latency: 5 }), start({ latency: 5 })]);
    const contents = Array.from({ length: 60 }, (_, i) => `q${i}`);
    const both = provide({ urls: [left.url, right.url] });
    await Promise.all(contents.map((content) => both.complete(prompt(content))));
    expect(left.stats.answered + right.stats.answered).toBe(60);
    expect(Math.min(left.stats.answered, right.stats.answered)).toBeGreaterThan(20);

    await left.close();
    const bereft = provide({ urls: [left.url, right.url] });
    const answers = await Promise.all(contents.map((content) => bereft.complete(prompt(content))));
    expect(answers.map(([answer]) => answer!.text)).toEqual(contents.map((content) => said(content)));
  });

  it("does not flood a server that turns requests away", async () => {
    const { url, stats } = await start({ capacity: 8, latency: 4 });
    const provider = provide({ urls: [url], max_concurrency: 64, retries: 50 });
    const contents = Array.from({ length: 600 }, (_, i) => `q${i}`);
    await Promise.all(contents.map((content) => provider.complete(prompt(content))));
    expect(stats.answered).toBe(600);
    expect(stats.turnedAway).toBeLessThan(600);
  });

  it("stops at the caller's signal: under way, while waiting and before", async () => {
    const { url, stats } = await start({ faults: { seed: 1, rate: 1, kinds: ["stall"] } });
    const controller = new AbortController();
    const provider = provide({ urls: [url], max_concurrency: 1 });
    const pending = ["a", "b"].map((content) => provider.complete(prompt(content), { signal: controller.signal }));
    const reason = new Error("Ctrl-C");
    setTimeout(() => controller.abort(reason), 50);
    for (const { status, ...rest } of await Promise.allSettled(pending))
      expect({ status, ...rest }).toEqual({ status: "rejected", reason });
    await expect(provider.complete(prompt("c"), { signal: controller.signal })).rejects.toBe(reason);
    expect(stats.requests).toBe(1);
  });
});

describe("checkServers", () => {
  const check = (input: Parameters<typeof parse>[0]) => checkServers(parse(input), { fetch });

  it("passes where every server answers", async () => {
    const { url, stats } = await start({ key: "right" });
    await check({ urls: [url], key: "right", sampling: { n: 4 } });
    expect(stats.requests).toBe(2);
  });

  it("passes where a server fails now and then, and gives up on one that always does", async () => {
    const kinds = ["429-after", "500", "reset", "garbage"] as const;
    const waits: number[] = [];
    const sleep = (ms: number) => Promise.resolve(void waits.push(ms));
    for (let seed = 0; seed < 20; seed++) {
      const { url } = await start({ faults: { seed, rate: 0.2, kinds } });
      await checkServers(parse({ urls: [url] }), { fetch, sleep });
    }
    expect(waits.length).toBeGreaterThan(0);
    expect(Math.min(...waits)).toBe(300);
    const { url, stats } = await start({ faults: { seed: 1, rate: 1, kinds: ["garbage"] } });
    const problem = expect.stringMatching(/expected m to answer, got another reply: expected JSON, got/) as string;
    await expect(checkServers(parse({ urls: [url] }), { fetch, sleep })).rejects.toMatchObject({ problems: [problem] });
    expect(stats.requests).toBe(4);
  });

  it("names everything that is wrong in one message", async () => {
    const locked = await start({ key: "right" });
    const other = await start({ models: ["a", "b"] });
    const untemplated = await start({ chatTemplate: false });
    const gone = await start();
    await gone.close();
    const urls = [locked.url, other.url, untemplated.url, gone.url];
    await expect(check({ urls })).rejects.toMatchObject({
      code: "E_PROVIDER",
      problems: [
        `${locked.url} — expected the key to be accepted, got HTTP 401 {"error":{"message":"invalid key"}}`,
        `${other.url} — expected the model m, got a, b`,
        `${untemplated.url} — expected m to answer, got HTTP 400 {"error":{"message":"no chat template is defined"}}`,
        expect.stringContaining(`${gone.url} — expected a server, got fetch failed: connect ECONNREFUSED`) as string,
      ],
    });
  });
});
