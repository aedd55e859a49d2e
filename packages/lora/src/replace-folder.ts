import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { SafetensorsError } from "@prefdelta/safetensors";
import { LoraError } from "./errors.ts";
import { clearLeftovers, siblingName } from "./siblings.ts";

/**
 * Makes a folder appear whole under its name: `write` fills a temporary sibling, which is then renamed. An existing
 * folder first steps aside and is removed last, so at no moment does the name stand for half a folder. A process
 * killed midway leaves at most hidden siblings (`.NAME.*.tmp`, `.NAME.*.old`), which the next call for the same name clears away.
 *
 * @param own names that the folder may hold; any other in an existing folder is somebody's work and is not removed
 * @throws LoraError E_FOLDER, E_WRITE; what `write` finds wrong with its own input passes as it is
 */
export async function replaceFolder(
  folder: string,
  own: readonly string[],
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = resolve(folder);
  await clearLeftovers(target);
  const existing = await listExisting(target);
  const foreign = existing?.filter((name) => !own.includes(name)) ?? [];
  if (foreign.length > 0) {
    const found = foreign.slice(0, 5).join(", ") + (foreign.length > 5 ? ` and ${foreign.length - 5} more` : "");
    throw new LoraError("E_FOLDER", [`expected a new folder, or one with only ${own.join(", ")}, found ${found}`], {
      file: target,
    });
  }
  const temporary = await siblingName(target, "tmp");
  try {
    await mkdir(temporary, { recursive: true });
    await write(temporary);
    if (existing === undefined) await rename(temporary, target);
    else await exchange(temporary, target, await siblingName(target, "old"));
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    // What went into the folder was wrong, not the writing.
    if ((cause instanceof LoraError || cause instanceof SafetensorsError) && cause.code !== "E_WRITE") throw cause;
    // The name it was to have says more than the hidden one.
    const found = (cause as Error).message.replaceAll(temporary, target);
    throw new LoraError("E_WRITE", [`expected to write the folder, found: ${found}`], { file: target, cause });
  }
}

async function exchange(temporary: string, target: string, aside: string): Promise<void> {
  await rename(target, aside);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function listExisting(target: string): Promise<string[] | undefined> {
  try {
    return await readdir(target);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LoraError("E_FOLDER", [`expected a folder, found: ${(cause as Error).message}`], { file: target, cause });
  }
}
