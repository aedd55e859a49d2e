import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { CliError } from "../errors.ts";

/** Where the Hub is, and who asks. */
export interface HubSettings {
  readonly hubUrl: string;
  readonly accessToken: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const yes = (value: string | undefined): boolean => /^(?:1|on|yes|true)$/i.test(value ?? "");

/** Where huggingface_hub and its like keep what they bring. */
export const hubHome = (env: Environment): string =>
  env["HF_HOME"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "huggingface");

/** The token that `hf auth login` left, unless one is in the environment. */
async function readToken(env: Environment): Promise<string | undefined> {
  const given = env["HF_TOKEN"]?.trim();
  if (given) return given;
  const kept = await readFile(env["HF_TOKEN_PATH"] ?? join(hubHome(env), "token"), "utf8").catch(() => "");
  return kept.trim() === "" ? undefined : kept.trim();
}

/**
 * The Hub as huggingface_hub's own variables say: HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HOME, HF_HUB_OFFLINE.
 *
 * @throws CliError E_INPUT when HF_HUB_OFFLINE forbids it
 */
export async function hubSettings(env: Environment): Promise<HubSettings> {
  if (yes(env["HF_HUB_OFFLINE"])) throw new CliError("E_INPUT", "HF_HUB_OFFLINE is set: the Hub is not asked");
  const hubUrl = (env["HF_ENDPOINT"] ?? "https://huggingface.co").replace(/\/+$/, "");
  return { hubUrl, accessToken: await readToken(env) };
}
