import { readFile } from "node:fs/promises";

import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";

import { CliError } from "../errors.ts";
import { formatKeyPath } from "./key-path.ts";
import type { KeyPath } from "./key-path.ts";
import type { Override } from "./override.ts";

/** A configuration as plain data that still knows where every key was written. */
export interface ConfigSource {
  readonly file: string;
  readonly value: unknown;
  /** `recipe.yaml:12:5`, or the `--set` that wrote the key; the nearest parent's place for a key that is absent. */
  place(path: KeyPath): string;
}

/**
 * Reads a YAML file and lays what the command line says over it.
 *
 * @throws CliError E_CONFIG if the file cannot be read, or with every syntax error, each with its line and column.
 */
export async function readConfigSource(file: string, overrides: readonly Override[] = []): Promise<ConfigSource> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new CliError("E_CONFIG", `${file}: cannot be read: expected a YAML file`, { cause });
  }
  return parseConfigSource(text, { file, overrides });
}

/** {@link readConfigSource} on text already in memory. */
export function parseConfigSource(
  text: string,
  { file, overrides = [] }: { file: string; overrides?: readonly Override[] },
): ConfigSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new CliError("E_CONFIG", `${file}: is not valid YAML`, {
      problems: document.errors.map((error) => `${file}:${position(lines, error.pos[0])}  ${error.message}`),
    });
  }
  for (const { path, value, label } of overrides) {
    try {
      document.setIn(path, document.createNode(value));
    } catch (cause) {
      throw new CliError("E_USAGE", `${label}: ${formatKeyPath(path)} lies inside a value that holds no keys`, {
        cause,
      });
    }
  }
  return {
    file,
    value: document.toJS({ maxAliasCount: 100 }) ?? {},
    place(path) {
      const override = overrides.findLast((one) => startsWith(path, one.path));
      return override === undefined ? `${file}:${placeInDocument(document, lines, path)}` : override.label;
    },
  };
}

function startsWith(path: KeyPath, prefix: KeyPath): boolean {
  return prefix.every((key, i) => String(key) === String(path[i]));
}

/** Line and column of the key (not its value) at `path`, or of the deepest parent that was written. */
function placeInDocument(document: Document, lines: LineCounter, path: KeyPath): string {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      const item = (node as { items?: unknown[] } | null)?.items?.[Number(key)] as
        | { range?: [number, number, number] }
        | undefined;
      if (item === undefined) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return position(lines, offset);
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${Math.max(line, 1)}:${Math.max(col, 1)}`;
}
