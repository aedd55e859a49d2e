import { createHash } from "node:crypto";
import { mkdir, open, readdir, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Completion } from "../completion.ts";
import { PreferenceError } from "../errors.ts";
import { hashPrompt } from "../hash-prompt.ts";
import type { Message } from "../message.ts";
import type { Tool } from "../tools.ts";
import { canonicalJson } from "./canonical-json.ts";
import { createKeyIndex, type KeyIndex, type Location } from "./key-index.ts";
import { scanSegment } from "./scan-segment.ts";
import { createSegmentWriter, type OpenSegment } from "./segment-writer.ts";

/** One model's answers, each kept once. */
export interface ResponseStore {
  /** The model's name. */
  readonly model: string;
  /** Prompts with an answer. */
  readonly size: number;
  /** Lines that were no answers when the store was opened; their prompts count as not asked. */
  readonly broken: number;
  keyOf(prompt: readonly Message[], tools?: readonly Tool[]): string;
  has(key: string): boolean;
  /** @throws PreferenceError E_STORE when the line is no answer to this key */
  get(key: string): Promise<readonly Completion[] | undefined>;
  /** Resolves once a kill cannot lose it. @throws PreferenceError E_WRITE */
  put(key: string, completions: readonly Completion[]): Promise<void>;
  /** Flushes to the disk, and forgets what is where. */
  close(): Promise<void>;
}

/** What answers depend on but the prompt; `model` names the folder. */
export interface GenerationIdentity {
  readonly model: string;
  readonly [key: string]: unknown;
}

const storedRow: z.ZodType<{ key: string; completions: Completion[] }> = z.strictObject({
  key: z.string(),
  completions: z
    .array(
      z.strictObject({
        text: z.string(),
        reasoning: z.string().exactOptional(),
        finish: z.string(),
        usage: z.strictObject({ prompt: z.int(), completion: z.int() }).exactOptional(),
      }),
    )
    .min(1),
});

const segmentName = (number: number): string => `responses-${String(number).padStart(6, "0")}.jsonl`;
const segmentPattern = /^responses-(\d{6})\.jsonl$/;

const folderName = (identity: GenerationIdentity): string => {
  const hash = createHash("sha256").update(canonicalJson(identity)).digest("hex").slice(0, 16);
  return `${identity.model.replaceAll(/[^\w.-]+/g, "-")}-${hash}`;
};

async function listSegments(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => Number(segmentPattern.exec(name)?.[1] ?? []) || []).toSorted((a, b) => a - b);
}

/** A segment that no process has written to yet: two processes in one store never write to the same. */
async function newSegment(folder: string): Promise<OpenSegment> {
  try {
    for (let number = ((await listSegments(folder)).at(-1) ?? 0) + 1; ; number++) {
      const path = join(folder, segmentName(number));
      const handle = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      if (handle !== undefined) return { handle, number, path };
    }
  } catch (cause) {
    const problem = `expected to write a segment, got ${(cause as Error).message}`;
    throw new PreferenceError("E_WRITE", [problem], { file: folder, cause });
  }
}

async function indexSegments(folder: string): Promise<{ readonly index: KeyIndex; readonly broken: number }> {
  const index = createKeyIndex();
  let broken = 0;
  for (const segment of await listSegments(folder))
    for await (const line of scanSegment(join(folder, segmentName(segment)))) {
      if (line === undefined) broken++;
      else index.add(line.key, { segment, offset: line.offset, length: line.length });
    }
  return { index, broken };
}

/**
 * Opens the answers of one generation (a model, its revision, template, sampling and seed), in a folder of their own below `folder`, or begins them.
 * Segments are only ever appended to, each by one process. A line that a killed process began is passed over. Memory: 35 to 41 bytes an answer.
 *
 * @throws PreferenceError E_STORE when the folder cannot be read or made
 */
export async function openResponseStore(folder: string, identity: GenerationIdentity): Promise<ResponseStore> {
  const path = join(folder, folderName(identity));
  const unreadable = (cause: unknown) => {
    const problem = `expected a folder of responses, got ${(cause as Error).message}`;
    return Promise.reject(new PreferenceError("E_STORE", [problem], { file: path, cause }));
  };
  await mkdir(path, { recursive: true }).catch(unreadable);
  // For people; nothing reads it.
  await writeFile(join(path, "generation.json"), `${JSON.stringify(identity, null, 2)}\n`).catch(unreadable);
  const { index, broken } = await indexSegments(path).catch(unreadable);
  const writer = createSegmentWriter(() => newSegment(path));
  const readers = new Map<number, Promise<FileHandle>>();

  const readLine = async ({ segment, offset, length }: Location): Promise<string> => {
    const opening = readers.get(segment) ?? open(join(path, segmentName(segment)));
    readers.set(segment, opening);
    const handle = await opening;
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.toString("utf8", 0, bytesRead);
  };

  return {
    model: identity.model,
    get size() {
      return index.size;
    },
    broken,
    keyOf: (prompt, tools) => hashPrompt(prompt, tools).slice(0, 32),
    has: (key) => index.get(key) !== undefined,
    async get(key) {
      const location = index.get(key);
      if (location === undefined) return undefined;
      return parseLine(await readLine(location), key, join(path, segmentName(location.segment)));
    },
    async put(key, completions) {
      index.add(key, await writer.append(JSON.stringify({ key, completions })));
    },
    async close() {
      await writer.close();
      for (const reader of readers.values()) await (await reader).close();
      readers.clear();
      index.clear();
    },
  };
}

function parseLine(text: string, key: string, file: string): readonly Completion[] {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    row = undefined;
  }
  const parsed = storedRow.safeParse(row);
  if (parsed.success && parsed.data.key === key) return parsed.data.completions;
  throw new PreferenceError("E_STORE", [`${key} — expected its answers, got ${text.slice(0, 60)}`], { file });
}
