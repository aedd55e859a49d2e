import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRandom } from "@prefdelta/random";
import { afterEach, describe, expect, it } from "vitest";
import { startStandIn } from "../__fixtures__/stand-in-server.ts";
import { standInAnswer } from "../__fixtures__/stand-in-answer.ts";
import type { Message } from "../message.ts";
import { createNodeFetch } from "./node-fetch.ts";
import { openAiOptions } from "./openai-options.ts";
import { openAiProvider } from "./openai-provider.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};
const get = (url: string, signal = new AbortController().signal) =>
  createNodeFetch()(url, { method: "GET", headers: {}, signal });

describe("createNodeFetch", () => {
  it("gives status, headers in any case, and text across chunks of bytes", async () => {
    const bytes = Buffer.from("là 😀");
    const url = await serve((_, response) => {
      response.writeHead(429, { "Retry-After": "3" });
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    const response = await get(url);
    expect([response.status, response.headers.get("RETRY-after"), response.headers.get("x")]).toEqual([429, "3", null]);
    expect(await response.text()).toBe("là 😀");
  });

  it("sends method, headers and body as UTF-8, and uses its connection again", async () => {
    const ports = new Set<number>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort!);
      request.setEncoding("utf8").once("data", (body: string) => {
        response.end(`${request.method} ${request.headers["x-key"]?.toString()} ${body}`);
      });
    });
    const fetch = createNodeFetch();
    for (let i = 0; i < 3; i++) {
      const { signal } = new AbortController();
      const response = await fetch(url, { method: "POST", headers: { "x-key": "k" }, body: `où ${i}`, signal });
      expect(await response.text()).toBe(`POST k où ${i}`);
    }
    expect(ports.size).toBe(1);
  });

  it("fails where nobody listens, where the connection breaks in the text, and at the signal", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half", () => {
        if (request.url === "/broken") response.socket!.resetAndDestroy();
      });
    });
    const broken = await get(`${url}broken`);
    await expect(broken.text()).rejects.toThrow(/aborted|ECONNRESET/);
    const controller = new AbortController();
    const stalled = await get(url, controller.signal);
    controller.abort();
    await expect(stalled.text()).rejects.toThrow(/abort/);
    await expect(get(url, AbortSignal.abort())).rejects.toThrow(/abort/);
    const gone = servers.splice(0)[0]!;
    gone.closeAllConnections();
    await new Promise((resolve) => {
      gone.close(resolve);
    });
    await expect(get(url)).rejects.toThrow("ECONNREFUSED");
  });

  it("gets the right answers through every fault", async () => {
    const server = await startStandIn({ models: ["m"], faults: { seed: 6, rate: 0.4 }, stallMs: 200 });
    const options = openAiOptions.parse({
      urls: [server.url],
      model: "m",
      timeout_seconds: 0.1,
      retries: 40,
      backoff_seconds: { first: 0.005, max: 0.05 },
    });
    const provider = openAiProvider(options, { fetch: createNodeFetch(), random: createRandom(1) });
    const prompts = Array.from({ length: 60 }, (_, i): Message[] => [{ role: "user", content: `q${i}` }]);
    const answers = await Promise.all(prompts.map((prompt) => provider.complete(prompt)));
    expect(answers.map(([answer]) => answer!.text)).toEqual(
      prompts.map((prompt) => standInAnswer("m", JSON.stringify(prompt))),
    );
    await server.close();
  });
});
