import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Fetch } from "./fetch.ts";

const readText = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
};

/**
 * The Fetch port on Node's own HTTP client: no streams, no headers objects, so that hundreds of requests in flight take little more memory than their
 * bytes. Connections are kept and used again; redirects are not followed, and HTTP_PROXY is not looked at.
 */
export function createNodeFetch(): Fetch {
  const http = new HttpAgent({ keepAlive: true, maxSockets: Infinity });
  const https = new HttpsAgent({ keepAlive: true, maxSockets: Infinity });
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const options = { method, headers: { ...headers, ...length }, signal };
      const answered = (response: IncomingMessage) => {
        // Read at once: a reset between the head and the call of text() would otherwise be nobody's.
        const text = readText(response);
        text.catch(() => undefined);
        resolve({
          status: response.statusCode ?? 0,
          headers: { get: (name) => response.headers[name.toLowerCase()]?.toString() ?? null },
          text: () => text,
        });
      };
      const request = url.startsWith("https:")
        ? httpsRequest(url, { ...options, agent: https }, answered)
        : httpRequest(url, { ...options, agent: http }, answered);
      request.once("error", reject);
      request.end(body);
    });
}
