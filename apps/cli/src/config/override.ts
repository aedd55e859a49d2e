import { parse } from "yaml";

import { CliError } from "../errors.ts";

/** A value given on the command line that goes over a configuration file's. */
export interface Override {
  readonly path: (string | number)[];
  readonly value: unknown;
  /** How it was written on the command line, for messages. */
  readonly label: string;
}

/**
 * `train.learning_rate=1e-3`: keys are parted by dots, numbers index lists, the value is YAML (`[1, 2]`, `true`, text).
 *
 * @throws CliError E_USAGE
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf("=");
  const keys = text.slice(0, Math.max(equals, 0)).split(".");
  if (equals < 1 || keys.some((key) => key === "")) {
    throw new CliError("E_USAGE", `--set ${text}: expected key.path=value`);
  }
  let value: unknown;
  try {
    value = parse(text.slice(equals + 1));
  } catch (cause) {
    throw new CliError("E_USAGE", `--set ${text}: the value is not valid YAML`, { cause });
  }
  return { path: keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)), value, label: `--set ${text}` };
}
