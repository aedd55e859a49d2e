import { type JsonServer, serveJson } from "./json-server.ts";

/** A request to `chat/completions`, as far as scripts look at it. */
export interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [key: string]: unknown;
}

export type ScriptedChatServer = JsonServer<ChatBody>;

/** A server that speaks OpenAI's chat protocol; what it says, the script says: one choice for each request. Null breaks off. */
export const serveScriptedChat = (
  script: (body: ChatBody) => object | null,
  options: { readonly port?: number } = {},
): Promise<ScriptedChatServer> =>
  serveJson((body) => {
    const said = script(body);
    return said === null ? null : { choices: [{ index: 0, finish_reason: "stop", ...said }] };
  }, options);
