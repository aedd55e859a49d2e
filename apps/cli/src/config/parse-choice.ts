import { CliError } from "../errors.ts";
import { nearest } from "./nearest.ts";

/**
 * A flag's value that must be one of a few.
 *
 * @throws CliError E_USAGE
 */
export function parseChoice<Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  const near = nearest(value, [...choices]);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new CliError("E_USAGE", `${flag}: expected one of ${choices.join(", ")}, found "${value}"${hint}`);
}
