import { z } from "zod";
import { EvalError } from "../errors.ts";
import { type Document, documentFromContents } from "./document.ts";
import { readLines } from "./read-lines.ts";

const passage = z.object({ id: z.union([z.string(), z.number()]), contents: z.string() });
const decoder = new TextDecoder("utf-8", { fatal: true });
const expectations: Record<string, string> = { id: "string or number", contents: "string" };

const show = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** @throws {EvalError} E_ROW */
export function parsePassage(bytes: Uint8Array, where: string): Document | undefined {
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new EvalError("E_ROW", `${where}: passage — expected UTF-8, got other bytes`, { cause });
  }
  if (text.trim() === "") return undefined;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EvalError("E_ROW", `${where}: passage — expected one JSON object, got ${show(text)}`, { cause });
  }
  const parsed = passage.safeParse(value);
  if (parsed.success) return documentFromContents(String(parsed.data.id), parsed.data.contents);
  const problems = parsed.error.issues.map(({ path: [key] }) => {
    if (typeof key !== "string") return `${where}: passage — expected one JSON object, got ${show(text)}`;
    const found: unknown = (value as Record<string, unknown>)[key];
    const got = found === undefined ? "nothing" : show(JSON.stringify(found));
    return `${where}: ${key} — expected ${expectations[key]}, got ${got}`;
  });
  throw new EvalError("E_ROW", problems.join("\n"));
}

/** A passage and the bytes of the file that hold it: from `start` up to `end`. */
export interface CorpusEntry {
  readonly document: Document;
  readonly start: number;
  readonly end: number;
}

/**
 * A corpus in wiki-18's form, one passage at a time: JSONL of `{id, contents}`; blank lines and further keys are passed over.
 *
 * @throws {EvalError} E_FILE; E_ROW at the first broken line, with all that is wrong in it
 */
export async function* streamCorpus(path: string): AsyncGenerator<CorpusEntry> {
  let line = 0;
  let start = 0;
  try {
    for await (const bytes of readLines(path)) {
      const document = parsePassage(bytes, `${path}:${++line}`);
      const end = start + bytes.length;
      if (document !== undefined) yield { document, start, end };
      start = end + 1;
    }
  } catch (cause) {
    if (cause instanceof EvalError) throw cause;
    throw new EvalError("E_FILE", `${path}: expected a file to read, got ${(cause as Error).message}`, { cause });
  }
}

/** The whole of a corpus in memory. @throws {EvalError} as `streamCorpus` */
export async function readCorpus(path: string): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const { document } of streamCorpus(path)) documents.push(document);
  return documents;
}
