import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { EvalError } from "../../errors.ts";
import type { RetrieveScored } from "../document.ts";
import { retrieveRequest, toWire } from "./retriever-protocol.ts";

export interface RetrieverServerOptions {
  readonly retrieve: RetrieveScored;
  /** Only this machine by default. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Documents for a request that does not say how many. */
  readonly defaultTopK?: number;
  readonly maxTopK?: number;
  readonly maxQueries?: number;
  readonly maxBodyBytes?: number;
}

export interface RetrieverServer {
  /** Of `/retrieve`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A request that is refused, and with which status. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The body, at most `limit` bytes of it: what is longer is not read to its end. */
async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new Refusal(413, `body: expected at most ${limit} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

type Limits = Required<Pick<RetrieverServerOptions, "defaultTopK" | "maxTopK" | "maxQueries" | "maxBodyBytes">>;

async function parseRequest(request: IncomingMessage, limits: Limits) {
  const { pathname } = new URL(request.url ?? "", "http://localhost");
  if (pathname !== "/retrieve") throw new Refusal(404, `path: expected /retrieve, got ${pathname}`);
  if (request.method !== "POST") throw new Refusal(405, `method: expected POST, got ${request.method}`);
  // A page of another site may post plain text here unasked, but not JSON.
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type)) {
    throw new Refusal(415, `content-type: expected application/json, got ${type || "none"}`);
  }
  const text = await readBody(request, limits.maxBodyBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, "body: expected JSON");
  }
  const parsed = retrieveRequest.safeParse(value);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
  const { queries, return_scores: withScores } = parsed.data;
  const topK = parsed.data.topk ?? limits.defaultTopK;
  if (topK > limits.maxTopK) throw new Refusal(400, `topk: expected at most ${limits.maxTopK}, got ${topK}`);
  if (queries.length > limits.maxQueries) {
    throw new Refusal(400, `queries: expected at most ${limits.maxQueries}, got ${queries.length}`);
  }
  return { queries, topK, withScores };
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  // What is left of a refused body is not waited for.
  response.writeHead(status, status === 413 ? { ...headers, connection: "close" } : headers).end(body);
}

/**
 * Serves a retriever over Search-R1's protocol: POST /retrieve `{queries, topk?, return_scores?}` → `{result}`, one list a query. Refusals are
 * `{error}` with status 400, 404, 405, 413 or 415; a retriever that fails is status 500.
 *
 * @throws {EvalError} E_SERVER when the port cannot be had
 */
export async function serveRetriever(options: RetrieverServerOptions): Promise<RetrieverServer> {
  const { retrieve, host = "127.0.0.1", port = 0 } = options;
  const { defaultTopK = 3, maxTopK = 100, maxQueries = 1024, maxBodyBytes = 1 << 20 } = options;
  const limits = { defaultTopK, maxTopK, maxQueries, maxBodyBytes };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { queries, topK, withScores } = await parseRequest(request, limits);
      const found = await retrieve(queries, topK);
      send(response, 200, { result: found.map((hits) => hits.map((hit) => toWire(hit, withScores))) });
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      send(response, status, { error: (error as Error).message });
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new EvalError("E_SERVER", `${host}:${port}: expected to listen there, got ${cause.message}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/retrieve`, close };
}
