import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import { generate, score } from "@prefdelta/causal-lm";
import type { CausalLm, LoraWeights, Message } from "@prefdelta/causal-lm";

export interface CompletionsServer {
  /** `/v1` included. */
  readonly url: string;
  readonly port: number;
  /** Requests that were answered. */
  readonly answered: () => number;
  readonly close: () => Promise<void>;
}

export interface CompletionsServerOptions {
  readonly port?: number;
  /** Dies, connections and all, when it has answered so many requests. */
  readonly diesAfter?: number;
  /** Answers whatever is no completion, adapters and such. */
  readonly route?: (request: ServedRequest) => { readonly status?: number; readonly text: string } | undefined;
  /** The adapter that a completion asks for. */
  readonly loraOf?: (body: Body) => LoraWeights | undefined;
}

export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Body {
  readonly model: string;
  readonly lora?: readonly { readonly id: number; readonly scale: number }[];
  readonly prompt: string;
  readonly messages?: readonly Message[];
  readonly max_tokens: number;
  readonly stop?: readonly string[];
  readonly echo?: boolean;
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text || "{}") as Body;
}

/** Every token's log-prob and the likeliest one at its place, as vLLM echoes a prompt; one more token is added. */
async function echo(lm: CausalLm, { prompt }: Body, adapted: { lora?: LoraWeights }) {
  const ids = lm.tokenizer.encode(prompt);
  const whole = [...ids, lm.tokenizer.eosId];
  const token_logprobs: (number | null)[] = [null];
  const top_logprobs: (Record<string, number> | null)[] = [null];
  const text_offset = [0];
  for (let i = 1; i < whole.length; i++) {
    const before = whole.slice(0, i);
    const [best] = await generate(lm, [before], { ...adapted, maxNewTokens: 1 });
    const completion = (id: number) => ({ ids: [id], mask: [1] });
    const rows = [{ prompt: before, completions: [completion(whole[i]!), completion(best!.ids[0]!)] }];
    const { logProbs } = await score(lm, rows, adapted);
    token_logprobs.push(logProbs[0]!);
    top_logprobs.push({ [String(whole[i])]: logProbs[0]!, best: logProbs[1]! });
    text_offset.push(Array.from(lm.tokenizer.decode(before)).length);
  }
  return { choices: [{ text: prompt, finish_reason: "length", logprobs: { token_logprobs, top_logprobs, text_offset } }] };
}

async function write(lm: CausalLm, body: Body, adapted: { lora?: LoraWeights }) {
  const { prompt, messages, max_tokens: maxNewTokens, stop = [] } = body;
  const text = messages === undefined ? prompt : lm.tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true });
  const [answer] = await generate(lm, [lm.tokenizer.encode(text)], { ...adapted, maxNewTokens, stopStrings: stop });
  const ids = answer!.stop === "eos" ? answer!.ids.slice(0, -1) : answer!.ids;
  // Servers leave the stop text off.
  const written = stop.reduce((left, one) => left.split(one, 1)[0]!, lm.tokenizer.decode(ids));
  const finish_reason = answer!.stop === "length" ? "length" : "stop";
  return { choices: [{ ...(messages === undefined ? { text: written } : { message: { content: written } }), finish_reason }] };
}

/** A model behind OpenAI's protocol on loopback, one request at a time. */
export async function serveCompletions(
  lm: CausalLm,
  { port = 0, diesAfter = Infinity, route, loraOf }: CompletionsServerOptions = {},
): Promise<CompletionsServer> {
  let answered = 0;
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      const body = await readBody(request);
      const { method, url } = request as { method: string; url: string };
      const routed = route?.({ method, path: url, body: body as unknown as Record<string, unknown> });
      if (routed !== undefined) return void response.writeHead(routed.status ?? 200).end(routed.text);
      const lora = loraOf?.(body);
      const answer = await (body.echo === true ? echo : write)(lm, body, lora === undefined ? {} : { lora });
      if (answered >= diesAfter) {
        server.close();
        server.closeAllConnections();
        return;
      }
      answered++;
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    };
    last = last.then(reply).catch(() => undefined);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const taken = (server.address() as AddressInfo).port;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await last;
  };
  return { url: `http://127.0.0.1:${taken}/v1`, port: taken, answered: () => answered, close };
}
