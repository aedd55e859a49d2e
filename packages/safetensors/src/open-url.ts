import type { ByteRange } from "./byte-source.ts";
import { SafetensorsError } from "./errors.ts";
import type { Place } from "./errors.ts";
import { openSource } from "./open-source.ts";
import type { SafetensorsFile } from "./open-source.ts";

/** As much of `fetch` as is used here. Wrap it to add credentials or an AbortSignal. */
export type RangeFetch = (
  url: string,
  init: { readonly headers: Record<string, string> },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { cancel(): Promise<void> } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

/** What the first request asks for: it tells the size, and holds the whole header of an adapter or a small model. */
const firstBytes = 65_536;

/**
 * Opens a file on a server that answers Range requests, as the Hugging Face Hub and every object store do: the header
 * and single tensors travel, never the whole file. A server that would send all of it is refused, and so is a file that
 * changes between two reads.
 *
 * In a browser another origin must expose Content-Range (the Hub does).
 *
 * @throws SafetensorsError E_HTTP, or the first broken invariant
 */
export async function openUrl(url: string, { fetch }: { readonly fetch: RangeFetch }): Promise<SafetensorsFile> {
  const first = await fetchRange(fetch, { url, begin: 0, end: firstBytes, place: { file: url } });
  return openSource({
    name: url,
    size: first.size,
    async read({ begin, end }, tensor) {
      if (end <= first.bytes.length) return first.bytes.slice(begin, end);
      // A server sends no empty range.
      if (begin === end) return new Uint8Array();
      const place = { file: url, tensor };
      const { bytes, size, tag } = await fetchRange(fetch, { url, begin, end, tag: first.tag, place });
      if (size !== first.size || tag !== first.tag) {
        const found = `${size} bytes, ETag ${tag}`;
        fail(`expected the file that was opened (${first.size} bytes, ETag ${first.tag}), found ${found}`, place);
      }
      if (bytes.length !== end - begin) fail(`expected ${end - begin} bytes, found ${bytes.length}`, place);
      return bytes;
    },
    close: async () => {},
  });
}

interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  readonly size: number;
  readonly tag: string | null;
}

async function fetchRange(
  fetch: RangeFetch,
  { url, begin, end, tag, place }: ByteRange & { url: string; tag?: string | null; place: Place },
): Promise<Part> {
  const headers: Record<string, string> = { range: `bytes=${begin}-${end - 1}` };
  // A weak tag cannot promise equal bytes, and may not be sent here (RFC 9110, 13.1.5).
  if (typeof tag === "string" && !tag.startsWith("W/")) headers["if-range"] = tag;
  let response: Awaited<ReturnType<RangeFetch>>;
  try {
    response = await fetch(url, { headers });
  } catch (cause) {
    throw new SafetensorsError("E_HTTP", `expected an answer, found: ${(cause as Error).message}`, { ...place, cause });
  }
  const range = response.headers.get("content-range");
  // An empty file has no range at all.
  if (response.status === 416 && range === "bytes */0") return { bytes: new Uint8Array(), size: 0, tag: null };
  const size = /^bytes (\d+)-\d+\/(\d+)$/.exec(range ?? "");
  if (response.status !== 206 || size === null || Number(size[1]) !== begin) {
    await response.body?.cancel();
    const expected = `206 with Content-Range: bytes ${begin}-…/size`;
    fail(`expected ${expected}, found ${response.status} with ${range === null ? "none" : `"${range}"`}`, place);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, size: Number(size[2]), tag: response.headers.get("etag") };
}

function fail(what: string, place: Place): never {
  throw new SafetensorsError("E_HTTP", what, place);
}
