import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { isGone, ownMark } from "@prefdelta/lora/node";
import type { ProcessMark } from "@prefdelta/lora/node";

import { CliError } from "../errors.ts";

export interface RunLock {
  /** Whether a lock left by a process that is gone was taken over. */
  readonly stale: boolean;
  release(): Promise<void>;
}

/**
 * Takes the run folder for this process. A lock whose process is gone (kill -9, power cut) is taken over.
 *
 * @throws CliError E_LOCKED while another process works in the folder.
 */
export async function takeRunLock(folder: string): Promise<RunLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, ".lock");
  const mine = JSON.stringify(await ownMark());
  const candidate = `${path}.${process.pid}`;
  await writeFile(candidate, mine);
  let stale = false;
  try {
    // A link appears with its contents or not at all, so nobody reads a half-written lock.
    while (!(await tryLink(candidate, path))) {
      const found = await readFile(path, "utf8").catch(() => null);
      if (found === null) continue;
      const owner = parseOwner(found);
      if (owner !== null && !(await isGone(owner))) {
        throw new CliError(
          "E_LOCKED",
          `${folder}: another run (process ${owner.pid} on ${owner.host}) is working here; ` +
            "wait for it, or choose another folder with --out",
        );
      }
      stale = true;
      await removeIfStill(path, found);
    }
  } finally {
    await rm(candidate, { force: true });
  }
  return { stale, release: () => removeIfStill(path, mine) };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes the lock only if it is the one that was read: two processes may find the same stale lock. */
async function removeIfStill(path: string, contents: string): Promise<void> {
  const aside = `${path}.${process.pid}.old`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8")) !== contents) await tryLink(aside, path);
  await rm(aside, { force: true });
}

function parseOwner(text: string): ProcessMark | null {
  try {
    const owner = JSON.parse(text) as ProcessMark;
    return Number.isInteger(owner.pid) && owner.pid > 0 ? owner : null;
  } catch {
    return null;
  }
}
