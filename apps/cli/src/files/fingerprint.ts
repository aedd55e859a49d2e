import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { canonicalJson } from "./canonical-json.ts";
import { hashFile, sha256 } from "./hash.ts";
import { listFiles } from "./list-files.ts";
import { writeAtomic } from "./write-atomic.ts";

interface CacheEntry {
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  readonly hash: string;
}

/** Hashes the files a run depends on, each once: a file whose size and times of change are as before is not read again. */
export interface Fingerprints {
  readonly file: (path: string) => Promise<string>;
  /** A model or adapter folder: configuration, tokenizer, template and weights, by name and bytes. */
  readonly folder: (path: string) => Promise<string>;
  save(): Promise<void>;
}

/** What makes a model folder what it is; a README or a licence beside it does not. */
const counted = /\.(json|safetensors|jinja|txt|model)$/;

/** Opens the cache of an earlier run, or an empty one; an unreadable cache is an empty one. */
export async function openFingerprints(cacheFile: string): Promise<Fingerprints> {
  const cache = await readCache(cacheFile);

  async function file(path: string): Promise<string> {
    const absolute = resolve(path);
    const { size, mtimeMs: modified, ctimeMs: changed } = await stat(absolute);
    const known = cache[absolute];
    if (known?.size === size && known.modified === modified && known.changed === changed) return known.hash;
    const hash = await hashFile(absolute);
    cache[absolute] = { size, modified, changed, hash };
    return hash;
  }

  async function folder(path: string): Promise<string> {
    const names = (await listFiles(path)).filter((name) => !name.startsWith(".") && counted.test(name));
    const hashes: Record<string, string> = {};
    for (const name of names) hashes[name] = await file(join(path, name));
    return sha256(canonicalJson(hashes));
  }

  return { file, folder, save: () => writeAtomic(cacheFile, `${JSON.stringify(cache)}\n`) };
}

async function readCache(path: string): Promise<Record<string, CacheEntry>> {
  try {
    const entries = Object.entries(JSON.parse(await readFile(path, "utf8")) as Record<string, CacheEntry>);
    return Object.fromEntries(entries.filter(([, entry]) => typeof entry?.hash === "string"));
  } catch {
    return {};
  }
}
