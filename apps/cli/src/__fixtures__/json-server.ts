import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonServer<Body> {
  /** `/v1` included. */
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Body[];
  readonly close: () => Promise<void>;
}

/** A server on loopback that answers each JSON body with JSON, whatever the path; of null it breaks the connection off. */
export async function serveJson<Body>(
  answer: (body: Body) => object | null,
  { port = 0 }: { readonly port?: number } = {},
): Promise<JsonServer<Body>> {
  const asked: Body[] = [];
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as Body;
      const answered = answer(body);
      if (answered === null) return void response.destroy();
      asked.push(body);
      response.setHeader("content-type", "application/json").end(JSON.stringify(answered));
    };
    void reply();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const taken = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${taken}/v1`, port: taken, asked, close };
}
