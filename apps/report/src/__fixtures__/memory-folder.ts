import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import type { RunFolder } from "../read/run-folder.ts";

/** Files by their paths. */
export type Files = Readonly<Record<string, string>>;

/** A run folder that is only in memory. */
export const memoryFolder = (files: Files, name = "run"): RunFolder => ({
  name,
  read: async (path) => files[path],
  list: async (path) => [
    ...new Set(
      Object.keys(files)
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1).split("/")[0]!),
    ),
  ],
});

const folder = fileURLToPath(new URL("tiny-run", import.meta.url));

/** The files of a finished run of apps/cli's tiny recipe, as its stages wrote them; copy-run.ts says how. */
export const tinyRun: Files = Object.fromEntries(
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
    .map((path) => [path, readFileSync(join(folder, path), "utf8")]),
);

/** The same files with a JSON document changed. */
export function changed(files: Files, path: string, change: (document: never) => unknown): Files {
  return { ...files, [path]: JSON.stringify(change(JSON.parse(files[path]!) as never)) };
}
