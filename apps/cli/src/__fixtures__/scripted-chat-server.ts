import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request to `chat/completions`, as far as scripts look at it. */
export interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [key: string]: unknown;
}

export interface ScriptedChatServer {
  /** `/v1` included. */
  readonly url: string;
  readonly asked: readonly ChatBody[];
  readonly close: () => Promise<void>;
}

/** A server on loopback that speaks OpenAI's chat protocol; what it says, the script says: one choice for each request. */
export async function serveScriptedChat(script: (body: ChatBody) => object): Promise<ScriptedChatServer> {
  const asked: ChatBody[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as ChatBody;
      asked.push(body);
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ choices: [{ index: 0, finish_reason: "stop", ...script(body) }] }));
    };
    void answer();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked, close };
}
