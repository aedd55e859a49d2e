import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fromFloat32 } from "./from-float32.ts";
import { openUrl } from "./open-url.ts";
import { serialize } from "./serialize.ts";
import { toFloat32 } from "./to-float32.ts";

const large = Float32Array.from({ length: 50_000 }, (_, i) => i);
const files: Record<string, Uint8Array> = {
  // Past the first 64 KiB, so that tensors take requests of their own.
  large: serialize([
    ["large", fromFloat32(large, { dtype: "F32", shape: [50_000] })],
    ["tail", fromFloat32(Float32Array.of(1, 2, 3), { dtype: "BF16", shape: [3] })],
    ["none", fromFloat32(new Float32Array(), { dtype: "F16", shape: [0] })],
  ]),
  small: serialize([["x", fromFloat32(Float32Array.of(4, 5), { dtype: "F32", shape: [2] })]]),
  empty: new Uint8Array(),
};

/** A server of ranges with strong tags, as RFC 9110 has them; `/whole/…` ignores ranges, `/none/…` is not there. */
let server: Server;
let origin: string;
let requests: string[];
let version: number;
let respond: (request: IncomingMessage, response: ServerResponse) => void;

function serveRange(request: IncomingMessage, response: ServerResponse): void {
  const [, kind, name] = request.url!.split("/");
  const bytes = files[name!]!;
  const tag = `"v${version}"`;
  requests.push(request.headers.range ?? "all");
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const changed = (request.headers["if-range"] ?? tag) !== tag;
  if (kind === "none") response.writeHead(404).end("no");
  else if (kind === "whole" || from === undefined || changed) response.writeHead(200, { etag: tag }).end(bytes);
  else if (Number(from) >= bytes.length) response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  else {
    const end = Math.min(Number(to) + 1, bytes.length);
    const range = `bytes ${from}-${end - 1}/${bytes.length}`;
    response.writeHead(206, { "content-range": range, etag: tag }).end(bytes.subarray(Number(from), end));
  }
}

beforeAll(async () => {
  server = createServer((request, response) => respond(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
  version = 1;
  respond = serveRange;
});

describe("openUrl", () => {
  it("reads single tensors of a large file by their ranges", async () => {
    const file = await openUrl(`${origin}/range/large`, { fetch });
    expect(requests).toEqual(["bytes=0-65535"]);
    expect(toFloat32(await file.read("tail"))).toEqual(Float32Array.of(1, 2, 3));
    const { begin, end } = file.entries.get("tail")!;
    expect(requests.slice(1)).toEqual([`bytes=${begin}-${end - 1}`]);
    expect(toFloat32(await file.read("large"))).toEqual(large);
    expect(toFloat32(await file.read("none"))).toEqual(new Float32Array());
    expect(requests).toHaveLength(3);
  });

  it("reads a small file by one request, and gives each read its own memory", async () => {
    const file = await openUrl(`${origin}/range/small`, { fetch });
    (await file.read("x")).bytes.fill(0);
    expect(toFloat32(await file.read("x"))).toEqual(Float32Array.of(4, 5));
    expect(requests).toHaveLength(1);
  });

  it("refuses an empty file as the disk's reader does", async () => {
    await expect(openUrl(`${origin}/range/empty`, { fetch })).rejects.toMatchObject({ code: "E_HEADER_TOO_SMALL" });
  });

  it("refuses a server that would send the whole file, and a file that is not there", async () => {
    const url = `${origin}/whole/large`;
    await expect(openUrl(url, { fetch })).rejects.toMatchObject({
      code: "E_HTTP",
      message: `${url}: expected 206 with Content-Range: bytes 0-…/size, found 200 with none`,
    });
    await expect(openUrl(`${origin}/none/large`, { fetch })).rejects.toThrow(/found 404 with none$/);
  });

  it("refuses a file that changes between two reads", async () => {
    const file = await openUrl(`${origin}/range/large`, { fetch });
    version = 2;
    await expect(file.read("tail")).rejects.toMatchObject({ code: "E_HTTP", tensor: "tail" });
    // A server that ignores If-Range is found out by its tag.
    respond = (request, response) => {
      delete request.headers["if-range"];
      serveRange(request, response);
    };
    await expect(file.read("tail")).rejects.toThrow(/expected the file that was opened .*"v1".*, found .*"v2"/);
  });

  it("names a server that does not answer", async () => {
    await expect(openUrl("http://127.0.0.1:1/x", { fetch })).rejects.toMatchObject({
      code: "E_HTTP",
      file: "http://127.0.0.1:1/x",
    });
  });
});
