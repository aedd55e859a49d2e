import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromFloat32 } from "./from-float32.ts";
import type * as Safetensors from "./index.ts";
import { serialize } from "./serialize.ts";

const CHROMIUM = "/usr/bin/chromium";
const missing = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not there`;

const file = serialize([
  // Past the first 64 KiB, so that the last tensor takes a request of its own.
  ["large", fromFloat32(new Float32Array(50_000).fill(7), { dtype: "F32", shape: [50_000] })],
  ["tail", fromFloat32(Float32Array.of(1, -2, 3), { dtype: "BF16", shape: [3] })],
]);

const PAGE = `<!doctype html><script type="module">
  import * as safetensors from "/src/index.ts";
  globalThis.safetensors = safetensors;
</script>`;
/** What the page made of it: functions that are run there see nothing else. */
declare const safetensors: typeof Safetensors;

/** This package's sources as a browser takes them, and one file that is read by ranges. */
function serve(ranges: string[]): Server {
  return createServer((request, response) => {
    const path = request.url!;
    if (path === "/") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    else if (path.startsWith("/src/")) {
      void readFile(new URL(path.slice("/src/".length), import.meta.url), "utf8").then((source) =>
        response.writeHead(200, { "content-type": "text/javascript" }).end(stripTypeScriptTypes(source)),
      );
    } else if (path === "/model.safetensors") {
      const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!;
      ranges.push(request.headers.range!);
      const end = Math.min(Number(last) + 1, file.length);
      const headers = { "content-range": `bytes ${begin}-${end - 1}/${file.length}`, etag: '"1"' };
      response.writeHead(206, headers).end(file.subarray(Number(begin), end));
    } else response.writeHead(404).end();
  });
}

it.skipIf(!missing)(`in a browser: skipped, ${missing}`, ({ skip }) => skip());

describe.skipIf(missing)("in a browser", () => {
  const ranges: string[] = [];
  let server: Server;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    server = serve(ranges).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function inPage<T>(run: (bytes: number[]) => Promise<T>): Promise<T> {
    const page = await browser.newPage();
    await page.goto(origin);
    try {
      return await page.evaluate(run, [...file]);
    } finally {
      await page.close();
    }
  }

  it("reads a file that was dropped: a Blob", async () => {
    const read = await inPage(async (bytes) => {
      const { openBlob, toFloat32 } = safetensors;
      const opened = await openBlob(new Blob([Uint8Array.from(bytes)]), "dropped.safetensors");
      return { names: [...opened.entries.keys()], tail: [...toFloat32(await opened.read("tail"))] };
    });
    expect(read).toEqual({ names: ["large", "tail"], tail: [1, -2, 3] });
  });

  it("reads single tensors of a file on a server by fetch ranges", async () => {
    const read = await inPage(async () => {
      const { openUrl, toFloat32 } = safetensors;
      const opened = await openUrl("/model.safetensors", { fetch });
      return [...toFloat32(await opened.read("tail"))];
    });
    expect(read).toEqual([1, -2, 3]);
    expect(ranges).toEqual(["bytes=0-65535", `bytes=${file.length - 6}-${file.length - 1}`]);
  });

  it("refuses what is no such file with the same error as in Node", async () => {
    const code = await inPage(async () => {
      const error: unknown = await safetensors
        .openBlob(new Blob([Uint8Array.of(1, 2, 3)]))
        .catch((error: unknown) => error);
      return (error as Safetensors.SafetensorsError).code;
    });
    expect(code).toBe("E_HEADER_TOO_SMALL");
  });
});
