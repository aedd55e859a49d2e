import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join, matchesGlob } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

import { downloadFile, listFiles, type ListFileEntry } from "@huggingface/hub";

import { CliError } from "../errors.ts";
import { hashFile } from "../files/hash.ts";
import { exists } from "../files/workspace.ts";
import { hubSettings, type HubSettings } from "./hub-settings.ts";

/** `hf://datasets/NAMESPACE/NAME[@REVISION]/PATH`, as fsspec writes it; `*` in the path stands for any part of a name. */
const address = /^hf:\/\/datasets\/(?<name>[^/@]+\/[^/@]+)(?:@(?<revision>[^/]+))?\/(?<path>.+)$/;

export const isHubAddress = (file: string): boolean => file.startsWith("hf://");

/** What is wrong with an address of the Hub; undefined where nothing is. */
export const hubAddressProblem = (file: string): string | undefined =>
  address.test(file) ? undefined : `expected hf://datasets/NAMESPACE/NAME[@REVISION]/PATH, found ${file}`;

export interface FetchHubFilesOptions {
  /** Where files are kept, each under the hash of its content. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The contents' name: LFS's SHA-256, else git's hash. */
const hashOf = ({ lfs, oid }: ListFileEntry): string => lfs?.oid ?? oid ?? "";

async function download(
  entry: ListFileEntry,
  { to, ...source }: HubSettings & { readonly name: string; readonly revision: string; readonly to: string },
): Promise<void> {
  const { hubUrl, accessToken, name, revision } = source;
  const blob = await downloadFile({
    ...{ repo: { type: "dataset", name }, revision, path: entry.path, hubUrl },
    ...(accessToken === undefined ? {} : { accessToken }),
  });
  if (blob === null) throw new Error(`${entry.path} is not there`);
  const temporary = `${to}.${randomUUID()}.tmp`;
  try {
    await pipeline(Readable.fromWeb(blob.stream() as ReadableStream), createWriteStream(temporary));
    const wrong = entry.lfs !== undefined && (await hashFile(temporary)) !== entry.lfs.oid;
    if (wrong) throw new Error(`${entry.path}: expected SHA-256 ${entry.lfs!.oid}, got another file`);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Files of a data set of the Hub, in the order of their names; what was brought here before is not brought again.
 *
 * @throws CliError E_HUB; E_INPUT when the Hub may not be asked
 */
export async function fetchHubFiles(file: string, { folder, env }: FetchHubFilesOptions): Promise<string[]> {
  const {
    name,
    revision = "main",
    path,
  } = address.exec(file)!.groups as { name: string; revision?: string; path: string };
  const settings = await hubSettings(env);
  const { hubUrl, accessToken } = settings;
  try {
    const found: ListFileEntry[] = [];
    const credentials = accessToken === undefined ? {} : { accessToken };
    const listed = listFiles({ repo: { type: "dataset", name }, revision, hubUrl, recursive: true, ...credentials });
    for await (const entry of listed) if (entry.type === "file" && matchesGlob(entry.path, path)) found.push(entry);
    if (found.length === 0) throw new Error(`expected files named ${path}, found none`);
    await mkdir(folder, { recursive: true });
    const local: string[] = [];
    for (const entry of found.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      const to = join(folder, `${hashOf(entry).slice(0, 16)}-${basename(entry.path)}`);
      if (!(await exists(to))) await download(entry, { ...settings, name, revision, to });
      local.push(to);
    }
    return local;
  } catch (cause) {
    throw new CliError("E_HUB", `${file} at ${hubUrl}: ${(cause as Error).message}`, { cause });
  }
}
