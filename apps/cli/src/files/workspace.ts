import { mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CliError } from "../errors.ts";

/** Where a command works until its result is whole: `OUT.unfinished`, beside the result. */
export interface Workspace {
  /** Outlives a kill. */
  readonly work: string;
  /** What `work/result`, or what has the name given, is renamed to when it is whole. */
  finish(name?: string): Promise<void>;
  /** Removes the folder if nothing is in it yet: work that came to nothing leaves nothing to go on from. */
  leave(): Promise<void>;
}

/**
 * Opens the workspace of a result that is not there yet.
 *
 * @throws CliError E_INPUT if something bears the result's name already.
 */
export async function openWorkspace(out: string): Promise<Workspace> {
  if (await exists(out))
    throw new CliError("E_INPUT", `${out}: expected a new name for the result, found something there`);
  const work = unfinishedName(out);
  await mkdir(work, { recursive: true });
  return {
    work,
    async finish(name = "result") {
      await mkdir(dirname(out), { recursive: true });
      await rename(join(work, name), out);
      await removeUnfinished(out);
    },
    leave: () => rmdir(work).catch(() => {}),
  };
}

/** Where work on `out` lies that was begun and not finished. */
export function unfinishedName(out: string): string {
  return `${out.replace(/[/\\]+$/, "")}.unfinished`;
}

/** For work that is done, or of no more use. */
export const removeUnfinished = (out: string): Promise<void> =>
  rm(unfinishedName(out), { recursive: true, force: true });

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
