import type { z } from "zod";

import { parseConfigSource, readConfigSource } from "./config-source.ts";
import type { Override } from "./override.ts";
import { parseConfig } from "./parse-config.ts";

/**
 * Settings from an optional YAML file with the command line's over them; without a file, from the command line alone.
 *
 * @throws CliError E_CONFIG, E_USAGE
 */
export async function optionalConfig<Schema extends z.ZodType>(
  schema: Schema,
  { file, overrides }: { file: string | undefined; overrides: readonly Override[] },
): Promise<z.output<Schema>> {
  const source =
    file === undefined
      ? parseConfigSource("", { file: "command line", overrides })
      : await readConfigSource(file, overrides);
  return parseConfig(schema, source);
}
