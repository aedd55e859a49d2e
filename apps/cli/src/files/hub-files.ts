import { matchesGlob } from "node:path";

import { CliError } from "../errors.ts";
import { type HubOptions, openHubRepo } from "./hub-repo.ts";

/** `hf://datasets/NAMESPACE/NAME[@REVISION]/PATH`, as fsspec writes it; `*` in the path stands for any part of a name. */
const address = /^hf:\/\/datasets\/(?<name>[^/@]+\/[^/@]+)(?:@(?<revision>[^/]+))?\/(?<path>.+)$/;

export const isHubAddress = (file: string): boolean => file.startsWith("hf://");

/** What is wrong with an address of the Hub; undefined where nothing is. */
export const hubAddressProblem = (file: string): string | undefined =>
  address.test(file) ? undefined : `expected hf://datasets/NAMESPACE/NAME[@REVISION]/PATH, found ${file}`;

/**
 * Files of a data set of the Hub, in the order of their names; what was brought here before is not brought again.
 *
 * @throws CliError E_HUB; E_INPUT when the Hub may not be asked
 */
export async function fetchHubFiles(file: string, options: HubOptions): Promise<string[]> {
  const {
    name,
    revision = "main",
    path,
  } = address.exec(file)!.groups as { name: string; revision?: string; path: string };
  const { files, fetch } = await openHubRepo({ type: "dataset", name, revision }, options);
  const found = files.filter((one) => matchesGlob(one.path, path));
  if (found.length === 0) throw new CliError("E_HUB", `${file}: expected files named ${path}, found none`);
  const local: string[] = [];
  for (const one of found) local.push(await fetch(one.path));
  return local;
}
