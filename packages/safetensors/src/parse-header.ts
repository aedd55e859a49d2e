import { checkCoverage } from "./check-coverage.ts";
import { describeJson } from "./describe-json.ts";
import { SafetensorsError } from "./errors.ts";
import { prefixBytes } from "./header-length.ts";
import { parseJson } from "./parse-json.ts";
import type { Json, JsonProblem } from "./parse-json.ts";
import { readTensorEntry } from "./tensor-entry.ts";
import type { TensorEntry } from "./tensor-entry.ts";
import { decodeUtf8 } from "./utf8.ts";

export interface Header {
  /** By position in the file. */
  readonly entries: Map<string, TensorEntry>;
  readonly metadata: Map<string, string>;
}

/** The key of the file's own metadata; no tensor can bear it. */
export const metadataKey = "__metadata__";

/**
 * Parses a header and checks every invariant of the format, as the Rust crate's `Metadata::validate` does. Stricter
 * than it in three points that the specification makes: the header begins with `{`, no key repeats, and a tensor's
 * description is an object.
 *
 * @param header the header's bytes, without the 8 of its length
 * @throws SafetensorsError for the first broken invariant
 */
export function parseHeader(
  header: Uint8Array,
  { fileBytes, file }: { fileBytes: number; file?: string | undefined },
): Header {
  if (header[0] !== 0x7b) {
    const found = header.length === 0 ? "an empty header" : `byte 0x${header[0]!.toString(16).padStart(2, "0")}`;
    throw new SafetensorsError("E_HEADER_START", `expected a header that begins with "{", found ${found}`, { file });
  }
  const text = decodeUtf8(header);
  if (text === undefined)
    throw new SafetensorsError("E_HEADER_UTF8", "expected a header in UTF-8, found other bytes", { file });

  const root = parseJson(text, (problem) => failJson(problem, file)) as Map<string, Json>;
  const dataStart = prefixBytes + header.length;
  let metadata = new Map<string, string>();
  const found: [string, TensorEntry][] = [];
  for (const [name, json] of root) {
    if (name === metadataKey) metadata = readMetadata(json, file);
    else found.push([name, readTensorEntry(json, dataStart, { file, tensor: name })]);
  }
  found.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkCoverage(found, { dataStart, fileBytes, file });
  return { entries: new Map(found), metadata };
}

function readMetadata(json: Json, file: string | undefined): Map<string, string> {
  // The crate's field is optional, so an explicit null reads as absent.
  if (json === null) return new Map();
  if (!(json instanceof Map)) {
    throw new SafetensorsError(
      "E_METADATA",
      `${metadataKey}: expected an object of strings, found ${describeJson(json)}`,
      {
        file,
      },
    );
  }
  for (const [key, value] of json) {
    if (typeof value === "string") continue;
    const what = `${metadataKey}, key ${JSON.stringify(key)}: expected a string, found ${describeJson(value)}`;
    throw new SafetensorsError("E_METADATA", what, { file });
  }
  return json as Map<string, string>;
}

function failJson({ kind, message, path }: JsonProblem, file: string | undefined): never {
  const [top] = path;
  const tensor = typeof top === "string" && top !== metadataKey ? top : undefined;
  const code = kind === "duplicate" ? "E_DUPLICATE_KEY" : "E_HEADER_JSON";
  throw new SafetensorsError(code, `header: ${message}`, { file, tensor });
}
