import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { EvalError } from "../errors.ts";
import { type Document, documentFromContents } from "./document.ts";

const passage = z.object({ id: z.union([z.string(), z.number()]), contents: z.string() });

function parsePassage(line: string, where: string): Document {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new EvalError("E_ROW", `${where}: passage — expected one JSON object, found ${line.slice(0, 60)}`, { cause });
  }
  const parsed = passage.safeParse(value);
  if (!parsed.success) throw new EvalError("E_ROW", `${where}: passage — ${z.prettifyError(parsed.error)}`);
  return documentFromContents(String(parsed.data.id), parsed.data.contents);
}

/** A corpus in wiki-18's form: JSONL of `{id, contents}`. @throws {EvalError} E_FILE, E_ROW with file and line */
export async function readCorpus(path: string): Promise<Document[]> {
  const stream = createReadStream(path, "utf8");
  const documents: Document[] = [];
  let line = 0;
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
      line++;
      if (text.trim() !== "") documents.push(parsePassage(text, `${path}:${line}`));
    }
  } catch (cause) {
    if (cause instanceof EvalError) throw cause;
    throw new EvalError("E_FILE", `${path}: expected a readable file, got ${String(cause)}`, { cause });
  } finally {
    stream.destroy();
  }
  return documents;
}
