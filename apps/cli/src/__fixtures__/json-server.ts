import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonServer<Body> {
  /** `/v1` included. */
  readonly url: string;
  readonly asked: readonly Body[];
  readonly close: () => Promise<void>;
}

/** A server on loopback that answers each JSON body with JSON, whatever the path. */
export async function serveJson<Body>(answer: (body: Body) => object): Promise<JsonServer<Body>> {
  const asked: Body[] = [];
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as Body;
      asked.push(body);
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer(body)));
    };
    void reply();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked, close };
}
