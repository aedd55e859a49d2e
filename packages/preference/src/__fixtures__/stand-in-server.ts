import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { faultOf, type FaultKind, type FaultPlan } from "./fault-plan.ts";
import { standInAnswer } from "./stand-in-answer.ts";

export interface StandInOptions {
  readonly models: readonly string[];
  readonly faults?: FaultPlan;
  /** The only key that is taken. */
  readonly key?: string;
  /** Milliseconds before an answer. */
  readonly latency?: number;
  /** Requests at once; more are turned away with 429. */
  readonly capacity?: number;
  readonly stallMs?: number;
  readonly chatTemplate?: boolean;
  /** Answers with one search for the prompt's last word, and goes on from what it is told. */
  readonly searches?: boolean;
  /** This model prefers, of two answers, the one whose hash is larger. */
  readonly judge?: string;
  /** Keeps every request's body in `bodies`. */
  readonly keepBodies?: boolean;
}

export interface StandInServer {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly stats: { requests: number; answered: number; turnedAway: number; mostAtOnce: number };
  readonly bodies: Record<string, unknown>[];
  /** How often each model answered each prompt in full: 1 where nothing was asked twice. */
  readonly answers: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Ask {
  readonly model: string;
  readonly messages?: readonly { readonly role?: string; readonly content: string }[];
  readonly continue_final_message?: boolean;
  readonly stop?: readonly string[];
  readonly prompt?: string;
  readonly n?: number;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly chat_template_kwargs?: { readonly enable_thinking?: boolean };
}

const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

const refuse = (response: ServerResponse, status: number, message: string) =>
  json(response, status, { error: { message } });

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
};

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A turn that ends at the stop text, which servers leave off; then one that goes on from the observation. */
function searchingTurn({ model, messages = [], stop = [] }: Ask): string {
  const [question, begun] = [messages.findLast(({ role }) => role === "user"), messages.at(-1)];
  if (begun?.role === "assistant") return `<answer>${model}: ${/<information>(.*?)<\/information>/s.exec(begun.content)?.[1]}</answer>`;
  return stop.includes("</search>") ? `${model} looks it up. <search>${question!.content.split(" ").at(-1)}` : "no tool";
}

function verdict({ messages = [] }: Ask): string {
  const [first, second] = [...messages.at(-1)!.content.matchAll(/<answer_[ab]>\n[\w-]+:(\w+)/g)].map(([, hash]) => hash!);
  return `I looked at both. [[${first! > second! ? "A" : "B"}]]`;
}

interface Manner {
  readonly prompt: string;
  readonly searches: boolean;
  readonly judges: boolean;
}

function completion(chat: boolean, ask: Ask, { prompt, searches, judges }: Manner) {
  const choices = Array.from({ length: ask.n ?? 1 }, (_, index) => {
    const said = searches ? searchingTurn(ask) : standInAnswer(ask.model, prompt, index);
    const text = judges ? verdict(ask) : said;
    const finish_reason = text.split(" ").length > (ask.max_tokens ?? Infinity) ? "length" : "stop";
    if (!chat) return { index, text, finish_reason };
    const thinks = ask.chat_template_kwargs?.enable_thinking === true;
    return {
      index,
      message: { role: "assistant", content: text, ...(thinks && { reasoning_content: "hm" }) },
      finish_reason,
    };
  });
  return { choices: choices.toReversed(), usage: { prompt_tokens: 3, completion_tokens: 5 } };
}

/** The same answer as server-sent events, a few words each. */
function streamed(chat: boolean, { choices, usage }: ReturnType<typeof completion>): string {
  const events: unknown[] = choices.flatMap(({ index, finish_reason, ...said }) => {
    const words = ("message" in said ? said.message.content : said.text).match(/(?:\S+\s*){1,4}/g)!;
    const pieces = words.map((text) => (chat ? { index, delta: { content: text } } : { index, text }));
    const thought = "message" in said && "reasoning_content" in said.message ? said.message.reasoning_content : undefined;
    const first = thought === undefined ? [] : [{ index, delta: { reasoning_content: thought } }];
    return [...first, ...pieces, { index, ...(chat ? { delta: {} } : { text: "" }), finish_reason }].map((choice) => ({
      choices: [choice],
    }));
  });
  return [...events, { choices: [], usage }, "[DONE]"]
    .map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
    .join("");
}

/** Misbehaves as the plan says; false where it left the answer to be given as usual. */
async function misbehave(
  fault: FaultKind | undefined,
  response: ServerResponse,
  { body, stallMs }: { readonly body: string; readonly stallMs: number },
): Promise<boolean> {
  switch (fault) {
    case undefined:
      return false;
    case "429":
      refuse(response, 429, "slow down");
      return true;
    case "429-after":
      response.setHeader("retry-after", "0.05");
      refuse(response, 429, "slow down");
      return true;
    case "500":
      refuse(response, 500, "out of memory");
      return true;
    case "reset":
      response.writeHead(200, { "content-length": String(Buffer.byteLength(body)) });
      response.write(body.slice(0, body.length / 2), () => response.socket?.resetAndDestroy());
      return true;
    case "garbage":
      response.writeHead(200).end(body.slice(0, body.length / 2));
      return true;
    case "twice":
      response.writeHead(200).end(body + body);
      return true;
    case "stall":
      await wait(stallMs);
      response.destroy();
      return true;
    case "drip":
      response.writeHead(200);
      for (let at = 0; at < body.length && !response.destroyed; at += Math.ceil(body.length / 5)) {
        response.write(body.slice(at, at + Math.ceil(body.length / 5)));
        await wait(stallMs / 10);
      }
      if (!response.destroyed) response.end();
      return response.destroyed;
  }
}

/** A server that speaks OpenAI's protocol on loopback, answers by rule and fails by plan. */
export async function startStandIn(options: StandInOptions): Promise<StandInServer> {
  const { models, faults, key, latency = 0, capacity = Infinity, stallMs = 2000, chatTemplate = true } = options;
  const stats: StandInServer["stats"] = { requests: 0, answered: 0, turnedAway: 0, mostAtOnce: 0 };
  const bodies: Record<string, unknown>[] = [];
  const attempts = new Map<string, number>();
  const answers = new Map<string, number>();
  let atOnce = 0;
  let mostForOne = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chat = request.url === "/v1/chat/completions";
    const ask = JSON.parse(await readBody(request)) as Ask;
    if (options.keepBodies === true) bodies.push({ ...ask });
    if (!models.includes(ask.model)) return refuse(response, 404, `The model ${ask.model} does not exist`);
    if (chat && !chatTemplate) return refuse(response, 400, "no chat template is defined");
    if (ask.messages?.at(-1)?.role === "assistant" && ask.continue_final_message !== true)
      return refuse(response, 400, "the last message is the assistant's");
    if (atOnce > capacity) {
      stats.turnedAway++;
      return refuse(response, 429, "over capacity");
    }
    const prompt = ask.prompt ?? JSON.stringify(ask.messages);
    const name = `${ask.model}\0${prompt}`;
    const attempt = attempts.get(name) ?? 0;
    attempts.set(name, attempt + 1);
    if (latency > 0) await wait(latency);
    const whole = completion(chat, ask, {
      prompt,
      searches: options.searches === true,
      judges: ask.model === options.judge && prompt.includes("answer_a"),
    });
    const body = ask.stream === true ? streamed(chat, whole) : JSON.stringify(whole);
    const fault = faults === undefined ? undefined : faultOf(faults, name, attempt);
    if (await misbehave(fault, response, { body, stallMs })) return;
    stats.answered++;
    answers.set(name, (answers.get(name) ?? 0) + 1);
    mostForOne = Math.max(mostForOne, answers.get(name)!);
    if (!response.writableEnded) response.writeHead(200, { "content-type": "application/json" }).end(body);
  };

  const server = createServer((request, response) => {
    stats.requests++;
    stats.mostAtOnce = Math.max(stats.mostAtOnce, ++atOnce);
    response.once("close", () => atOnce--);
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
      return refuse(response, 401, "invalid key");
    if (request.url === "/v1/models") return json(response, 200, { data: models.map((id) => ({ id })) });
    if (request.url === "/stats") return json(response, 200, { ...stats, mostForOne });
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", 4096, resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    stats,
    bodies,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
