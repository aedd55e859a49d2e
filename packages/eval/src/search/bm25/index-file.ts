import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { EvalError } from "../../errors.ts";

/*
 * One file, little-endian: the magic bytes, the length of a JSON header (u32), the header, blanks up to a multiple of 8, then the sections
 * one after another, each padded likewise. Passages stay in the corpus file: the index holds where they are.
 */
const MAGIC = "PDBM25\n1";
const SECTIONS = ["terms", "starts", "passages", "documents", "impacts"] as const;
export type IndexSection = (typeof SECTIONS)[number];

const size = z.int().nonnegative();
const headerSchema = z.strictObject({
  k1: z.number(),
  b: z.number(),
  size,
  corpusBytes: size,
  sections: z.record(z.enum(SECTIONS), z.strictObject({ offset: size, bytes: size })),
});
type Header = z.infer<typeof headerSchema>;

const roundUp = (bytes: number): number => Math.ceil(bytes / 8) * 8;
/** A typed array's bytes, as the machine has them (little-endian wherever Node runs). */
export const bytesOf = (array: Float64Array | Float32Array | Uint32Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Bytes `from` up to `to`, in a buffer of their own. */
export async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(to - from); // neither filled with zeros nor shared
  for (let at = 0; at < bytes.length;) {
    // A single read gives 2 GiB at most.
    const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 1 << 30), from + at);
    if (bytesRead === 0) throw new Error(`the end of the file at byte ${from + at}`);
    at += bytesRead;
  }
  return bytes;
}

/** Writes under a temporary name, then renames. @throws {EvalError} E_FILE */
export async function writeIndex(
  path: string,
  header: Omit<Header, "sections">,
  parts: Record<IndexSection, Buffer>,
): Promise<void> {
  let offset = 0;
  const sections = {} as Header["sections"];
  for (const name of SECTIONS) {
    sections[name] = { offset, bytes: parts[name].length };
    offset += roundUp(parts[name].length);
  }
  const json = Buffer.from(JSON.stringify({ ...header, sections }));
  const start = Buffer.alloc(roundUp(MAGIC.length + 4 + json.length), " ");
  start.write(MAGIC);
  start.writeUInt32LE(json.length, MAGIC.length);
  json.copy(start, MAGIC.length + 4);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      let at = 0;
      for (const part of [start, ...SECTIONS.map((name) => parts[name])]) {
        for (let done = 0; done < part.length;) {
          const { bytesWritten } = await file.write(part, done, Math.min(part.length - done, 1 << 30), at + done);
          done += bytesWritten;
        }
        at += roundUp(part.length);
      }
      await file.truncate(at);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new EvalError("E_FILE", `${path}: expected to write the index, got ${(cause as Error).message}`, { cause });
  }
}

/** The header, and where the sections begin. @throws {EvalError} E_INDEX */
export async function readHeader(file: FileHandle, path: string): Promise<Header & { readonly body: number }> {
  const wrong = (got: string) => new EvalError("E_INDEX", `${path}: expected a BM25 index, got ${got}`);
  const { size: bytes } = await file.stat();
  const fixed = MAGIC.length + 4;
  if (bytes < fixed) throw wrong(`${bytes} bytes`);
  const start = await readRange(file, 0, fixed);
  if (start.toString("latin1", 0, MAGIC.length) !== MAGIC) throw wrong("a file that begins otherwise");
  const length = start.readUInt32LE(MAGIC.length);
  if (fixed + length > bytes) throw wrong("a file cut short");
  let value: unknown;
  try {
    value = JSON.parse((await readRange(file, fixed, fixed + length)).toString());
  } catch {
    throw wrong("a header that is no JSON");
  }
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) throw wrong(`a header with ${z.prettifyError(parsed.error)}`);
  const body = roundUp(fixed + length);
  const needed =
    body + Math.max(...SECTIONS.map((name) => parsed.data.sections[name].offset + parsed.data.sections[name].bytes));
  if (needed > bytes) throw wrong(`${bytes} bytes of ${needed}`);
  return { ...parsed.data, body };
}
