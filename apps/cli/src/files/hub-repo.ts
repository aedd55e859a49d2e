import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

import { downloadFile, listFiles, type ListFileEntry } from "@huggingface/hub";

import { CliError } from "../errors.ts";
import { hashFile } from "./hash.ts";
import { hubSettings, type HubSettings } from "./hub-settings.ts";
import { exists } from "./workspace.ts";

/** A repository of the Hub at a revision. */
export interface HubRepo {
  readonly type: "dataset" | "model";
  /** `NAMESPACE/NAME` */
  readonly name: string;
  readonly revision: string;
}

export interface HubOptions {
  /** Where files are kept. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface HubFile {
  readonly path: string;
  /** The contents' name: LFS's SHA-256, else git's hash. */
  readonly hash: string;
}

export interface OpenedHubRepo {
  /** By path, rising. */
  readonly files: readonly HubFile[];
  /** A file of it under the hash of its content, brought here once. @throws CliError E_HUB */
  readonly fetch: (path: string) => Promise<string>;
  /** The same under a name of one's own. */
  readonly download: (path: string, to: string) => Promise<void>;
}

const hashOf = ({ lfs, oid }: ListFileEntry): string => lfs?.oid ?? oid ?? "";

async function download(
  { name, type, revision }: HubRepo,
  entry: ListFileEntry,
  { to, hubUrl, accessToken }: HubSettings & { readonly to: string },
): Promise<void> {
  const blob = await downloadFile({
    ...{ repo: { type, name }, revision, path: entry.path, hubUrl },
    ...(accessToken === undefined ? {} : { accessToken }),
  });
  if (blob === null) throw new Error(`${entry.path} is not there`);
  const temporary = `${to}.${randomUUID()}.tmp`;
  await mkdir(dirname(to), { recursive: true });
  try {
    await pipeline(Readable.fromWeb(blob.stream() as ReadableStream), createWriteStream(temporary));
    const wrong = entry.lfs !== undefined && (await hashFile(temporary)) !== entry.lfs.oid;
    if (wrong) throw new Error(`${entry.path}: expected SHA-256 ${entry.lfs!.oid}, got another file`);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Asks the Hub what a repository holds; nothing else is brought here. @throws CliError E_HUB; E_INPUT when the Hub may not be asked */
export async function openHubRepo(repo: HubRepo, { folder, env }: HubOptions): Promise<OpenedHubRepo> {
  const settings = await hubSettings(env);
  const { hubUrl, accessToken } = settings;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      const message = `${repo.type}s/${repo.name}@${repo.revision} at ${hubUrl}: ${(cause as Error).message}`;
      throw new CliError("E_HUB", message, { cause });
    }
  };
  const entries = await guarded(async () => {
    const { type, name, revision } = repo;
    const credentials = accessToken === undefined ? {} : { accessToken };
    const found: ListFileEntry[] = [];
    const listed = listFiles({ repo: { type, name }, revision, hubUrl, recursive: true, ...credentials });
    for await (const entry of listed) if (entry.type === "file") found.push(entry);
    return new Map(found.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((entry) => [entry.path, entry]));
  });
  const bring = (path: string, to: string): Promise<void> =>
    guarded(() => download(repo, entries.get(path)!, { ...settings, to }));
  return {
    files: [...entries.values()].map((entry) => ({ path: entry.path, hash: hashOf(entry) })),
    download: bring,
    async fetch(path) {
      const to = join(folder, `${hashOf(entries.get(path)!).slice(0, 16)}-${basename(path)}`);
      if (!(await exists(to))) await bring(path, to);
      return to;
    },
  };
}
