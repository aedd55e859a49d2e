import type { z } from "zod";

import { CliError } from "../errors.ts";
import type { ConfigSource } from "./config-source.ts";
import { describeIssue } from "./describe-issue.ts";

/**
 * Checks a configuration against its schema.
 *
 * @throws CliError E_CONFIG with every problem at once, each as `file:line:column  key: what is wrong`.
 */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, source: ConfigSource): z.infer<Schema> {
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describeIssue(issue, { schema, source }));
  throw configError(source.file, problems);
}

/** The one form in which a configuration is refused. */
export function configError(file: string, problems: readonly string[]): CliError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new CliError("E_CONFIG", `${file}: ${count}`, { problems });
}
