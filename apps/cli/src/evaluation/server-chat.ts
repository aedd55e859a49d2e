import { parseToolCall } from "@prefdelta/eval";
import type { Chat, ChatMessage, ChatReply, ChatRequest } from "@prefdelta/eval";
import { z } from "zod";

import { CliError } from "../errors.ts";
import type { PostJson } from "./completions-client.ts";

export interface ServerChatOptions {
  readonly model: string;
  readonly post: PostJson;
  /** For messages. */
  readonly url: string;
}

const toolCall = z.object({ function: z.object({ name: z.string(), arguments: z.string() }) });
const reply = z.object({
  choices: z.tuple([
    z.object({
      message: z.object({
        content: z.string().nullish(),
        /** Thoughts, where a server takes them out of the content; vLLM and SGLang, then newer vLLM. */
        reasoning_content: z.string().nullish(),
        reasoning: z.string().nullish(),
        tool_calls: z.array(toolCall).nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ]),
});

/** Arguments as JSON, which is how OpenAI's protocol has them. */
const onWire = ({ tool_calls, ...message }: ChatMessage): object =>
  tool_calls === undefined
    ? message
    : {
        ...message,
        tool_calls: tool_calls.map(({ function: { name, arguments: args }, ...call }) => ({
          ...call,
          function: { name, arguments: JSON.stringify(args) },
        })),
      };

function readReply(answer: unknown, url: string): ChatReply {
  const parsed = reply.safeParse(answer);
  if (!parsed.success) {
    throw new CliError("E_SERVERS", `${url}: expected one choice, got ${JSON.stringify(answer).slice(0, 200)}`);
  }
  const [{ message, finish_reason }] = parsed.data.choices;
  const thought = message.reasoning_content ?? message.reasoning;
  const text = (thought ? `<think>\n${thought}\n</think>\n\n` : "") + (message.content ?? "");
  const calls = (message.tool_calls ?? []).map((call) => parseToolCall(JSON.stringify(call.function)) ?? null);
  // A server that reads no calls leaves them in the text.
  return { text, ...(calls.length === 0 ? {} : { calls }), stop: finish_reason === "length" ? "length" : "end" };
}

/** A model behind OpenAI's chat protocol as a caller of tools, greedy. @throws CliError E_SERVERS */
export function serverChat({ model, post, url }: ServerChatOptions): Chat {
  return (requests, { tools, mayCall, maxNewTokens }) => {
    const offered = tools.length === 0 ? {} : { tools, tool_choice: mayCall ? "auto" : "none" };
    const ask = async ({ messages }: ChatRequest): Promise<ChatReply> => {
      const body = { model, messages: messages.map(onWire), ...offered, max_tokens: maxNewTokens, temperature: 0 };
      return readReply(await post("chat/completions", body), url);
    };
    return Promise.all(requests.map(ask));
  };
}
