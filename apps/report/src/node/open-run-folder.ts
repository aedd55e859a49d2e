import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { RunFolder } from "../read/run-folder.ts";

/** A run folder on the disk. */
export function openRunFolder(path: string): RunFolder {
  const at = (inside: string): string => join(path, ...inside.split("/"));
  return {
    name: path.replace(/(?<=.)[/\\]+$/, ""),
    read: (file) => readFile(at(file), "utf8").catch(ifAbsent(undefined)),
    list: (folder) => readdir(at(folder)).catch(ifAbsent([])),
  };
}

/** What is not there is no error; all else is. */
const ifAbsent =
  <Value>(value: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return value;
    throw error;
  };
