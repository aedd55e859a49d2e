import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { EvalError } from "../errors.ts";
import { parseTask, parseTaskYaml, type TaskConfig } from "./task-schema.ts";

async function readKeys(path: string, from: readonly string[]): Promise<Record<string, unknown>> {
  if (from.includes(path)) throw new EvalError("E_TASK", `${path}: include — expected another file, got a circle`);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new EvalError("E_FILE", `${path}: expected a file to read, got ${(cause as Error).message}`, { cause });
  }
  const { include, ...own } = parseTaskYaml(text, path);
  if (include === undefined) return own;
  if (typeof include !== "string") {
    throw new EvalError("E_TASK", `${path}: include — expected the path of a file, got ${JSON.stringify(include)}`);
  }
  return { ...(await readKeys(resolve(dirname(path), include), [...from, path])), ...own };
}

/**
 * A task of lm-evaluation-harness' YAML format; what it includes lies beneath its own keys.
 *
 * @throws {EvalError} E_FILE, E_TASK
 */
export const readTask = async (path: string): Promise<TaskConfig> => parseTask(await readKeys(resolve(path), []), path);
