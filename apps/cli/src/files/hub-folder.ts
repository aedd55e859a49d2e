import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

import { canonicalJson } from "./canonical-json.ts";
import { sha256 } from "./hash.ts";
import { hubAddress } from "./hub-address.ts";
import { openHubRepo } from "./hub-repo.ts";
import { hubHome } from "./hub-settings.ts";
import { exists } from "./workspace.ts";

/** What makes a model or an adapter: configuration, tokenizer, template and weights, not what lies in folders of its own. */
const needed = /^[^/]+\.(?:json|safetensors|jinja|txt|model)$/;

/**
 * The folder of a model or an adapter: `hub:NAMESPACE/NAME[@REVISION]` is brought from the Hub and kept below HF_HOME under a name of its contents' hashes; whatever
 * else is a folder here.
 *
 * @throws CliError E_HUB; E_INPUT when the Hub may not be asked
 */
export async function modelFolder(where: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { name, revision } = hubAddress(where) ?? {};
  if (name === undefined || revision === undefined) return where;
  const kept = join(hubHome(env), "prefdelta", "models", name.replace("/", "--"));
  const { files, download } = await openHubRepo({ type: "model", name, revision }, { folder: kept, env });
  const wanted = files.filter(({ path }) => needed.test(path));
  const hash = sha256(canonicalJson(Object.fromEntries(wanted.map((file) => [file.path, file.hash]))));
  const folder = join(kept, hash.slice(0, 16));
  if (await exists(folder)) return folder;
  // What a stopped run brought is there already.
  const work = `${folder}.unfinished`;
  await mkdir(work, { recursive: true });
  for (const { path } of wanted) if (!(await exists(join(work, path)))) await download(path, join(work, path));
  await rename(work, folder);
  return folder;
}

/** modelFolder of each, one after the other: one that is named twice is brought once. */
export async function modelFolders(places: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders: string[] = [];
  for (const where of places) folders.push(await modelFolder(where, env));
  return folders;
}
