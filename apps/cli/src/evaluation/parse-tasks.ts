import { basename } from "node:path";

import { CliError } from "../errors.ts";

/**
 * `data/facts.eval.jsonl,data/sums.eval.jsonl` as files by task name: the file's name without `.jsonl`.
 *
 * @param flag where they were named
 * @throws CliError E_USAGE
 */
export function parseTasks(text: string, flag = "--tasks"): Record<string, string> {
  const tasks: Record<string, string> = {};
  const problems: string[] = [];
  for (const path of text.split(",")) {
    const name = basename(path).replace(/\.jsonl$/, "");
    if (name === "") problems.push(`${flag}: expected files parted by commas, found "${text}"`);
    if (Object.hasOwn(tasks, name)) problems.push(`${flag}: ${tasks[name]} and ${path} would both be called ${name}`);
    tasks[name] = path;
  }
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
  return tasks;
}
