import { CliError } from "../errors.ts";

/** What is wrong with the address of a server; undefined where nothing is. */
export const urlProblem = (option: string, url: string): string | undefined =>
  /^https?:\/\/./.test(url) ? undefined : `--${option}: expected a URL as http://host/v1, found ${url}`;

interface KeyPlace {
  /** The environment variable that holds the key; undefined where none is sent. */
  readonly keyEnv: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A server's key. @throws CliError E_SERVERS when it is not there */
export function readKey(option: string, { keyEnv, env }: KeyPlace): string | undefined {
  if (keyEnv === undefined) return undefined;
  const key = env[keyEnv];
  if (key) return key;
  throw new CliError("E_SERVERS", `--${option}: expected a key in the environment variable ${keyEnv}, found none`);
}
