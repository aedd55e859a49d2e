import type { ContinueRequest } from "@prefdelta/eval";
import { z } from "zod";

import { begunTurn, withStopText } from "../engine/open-turn.ts";
import { CliError } from "../errors.ts";
import { completionsClient, type CompletionsClientOptions } from "./completions-client.ts";
import { echoedLikelihood } from "./echoed-likelihood.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import { serverChat } from "./server-chat.ts";

export interface ServerModelOptions extends CompletionsClientOptions {
  /** As the server calls it; an adapter has a name of its own there. */
  readonly model: string;
  /** Whether contexts are conversations. */
  readonly chat: boolean;
  /** What every request says besides. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

const finish_reason = z.string().nullish();
const completion = z.object({ choices: z.tuple([z.object({ text: z.string(), finish_reason })]) });
const chatCompletion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string().nullable() }), finish_reason })]),
});

interface Written {
  readonly text: string;
  readonly reason: string | null | undefined;
}

function readWritten(answer: unknown, chat: boolean, where: string): Written {
  const parsed = chat ? chatCompletion.safeParse(answer) : completion.safeParse(answer);
  if (!parsed.success) {
    throw new CliError("E_SERVERS", `${where}: expected one choice, got ${JSON.stringify(answer).slice(0, 200)}`);
  }
  const [choice] = parsed.data.choices;
  const text = "message" in choice ? (choice.message.content ?? "") : choice.text;
  return { text, reason: choice.finish_reason };
}

/** The conversation so far; vLLM and SGLang go on with the assistant's turn where they are told to. */
const openTurn = ({ prompt, segments }: ContinueRequest): object =>
  segments.length === 0
    ? { messages: prompt }
    : {
        messages: [...prompt, ...begunTurn(segments)],
        ...{ add_generation_prompt: false, continue_final_message: true },
      };

/**
 * A model behind any server that speaks OpenAI's protocol: likelihoods by completions with `echo` and `logprobs`, answers by completions, by chat where
 * contexts are conversations. A conversation as a context is the JSON of its messages, as lm-evaluation-harness has it.
 */
export function serverModel({ model, chat, extra = {}, ...client }: ServerModelOptions): EvaluatedModel {
  const send = completionsClient(client);
  const post = (path: string, body: object) => send(path, { ...body, ...extra });
  const { url } = client;
  return {
    loglikelihood: (requests) => {
      if (chat) throw new CliError("E_USAGE", "--apply-chat-template: a server's likelihoods are of plain text alone");
      const ask = async ({ context, continuation }: (typeof requests)[number]) => {
        const prompt = context + continuation;
        // vLLM refuses 0.
        const body = { model, prompt, max_tokens: 1, echo: true, logprobs: 1, temperature: 0 };
        return echoedLikelihood(await post("completions", body), { context, continuation }, url);
      };
      return Promise.all(requests.map(ask));
    },
    generate: (requests) => {
      const ask = async ({ context, until, maxNewTokens, temperature, topP, topK }: (typeof requests)[number]) => {
        const body = {
          ...(chat ? { messages: JSON.parse(context) as unknown } : { prompt: context }),
          ...{ model, max_tokens: maxNewTokens, temperature, stop: until },
          ...(topP === undefined ? {} : { top_p: topP }),
          ...(topK === undefined ? {} : { top_k: topK }),
        };
        const { text, reason } = readWritten(await post(chat ? "chat/completions" : "completions", body), chat, url);
        return { text, truncated: reason === "length" };
      };
      return Promise.all(requests.map(ask));
    },
    continueText: (requests, { stop, maxNewTokens }) => {
      const ask = async (request: ContinueRequest) => {
        const body = {
          model,
          ...openTurn(request),
          max_tokens: maxNewTokens,
          temperature: 0,
          ...(stop.length > 0 ? { stop } : {}),
        };
        const { text: written, reason } = readWritten(await post("chat/completions", body), true, url);
        if (reason === "length") return { text: written, stop: "length" as const };
        const { text, stopped } = withStopText(written, stop);
        return { text, stop: stopped ? ("stop" as const) : ("end" as const) };
      };
      return Promise.all(requests.map(ask));
    },
    converse: serverChat({ model, post, url }),
    chatTemplate: (messages) => JSON.stringify(messages),
    config: {},
  };
}
