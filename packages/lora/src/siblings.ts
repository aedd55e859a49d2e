import { createHash, randomBytes } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { isGone, ownMark } from "./process-mark.ts";

/** tmp: being written; old: stepped aside while the new one takes its name. */
type Kind = "tmp" | "old";

/** Machines as names of files tell them apart. */
const machine = (): string => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A hidden name beside `target` that says whose it is: `.NAME.PID-START-MACHINE-RANDOM.KIND`. */
export async function siblingName(target: string, kind: Kind): Promise<string> {
  const { pid, began } = await ownMark();
  const owner = [pid, began ?? "x", machine(), randomBytes(4).toString("hex")].join("-");
  return join(dirname(target), `.${basename(target)}.${owner}.${kind}`);
}

/**
 * Undoes what processes left beside `target` that were killed while they wrote it: what they had begun is removed, and what had stepped
 * aside for it steps back, where nothing took its place. What a living process holds, or one of another machine, stays.
 */
export async function clearLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const leftover = parseSibling(name, basename(target));
    if (leftover === undefined || leftover.machine !== machine()) continue;
    if (!(await isGone({ ...leftover, host: hostname() }))) continue;
    const path = join(folder, name);
    const isBack = leftover.kind === "old" && !names.includes(basename(target)) && (await move(path, target));
    // One that cannot be removed is in nobody's way.
    if (!isBack) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

interface Sibling {
  readonly pid: number;
  readonly began: string | null;
  readonly machine: string;
  readonly kind: Kind;
}

function parseSibling(name: string, target: string): Sibling | undefined {
  if (!name.startsWith(`.${target}.`)) return undefined;
  const match = /^(\d+)-(\d+|x)-([0-9a-f]{8})-[0-9a-f]{8}\.(tmp|old)$/.exec(name.slice(target.length + 2));
  if (match === null) return undefined;
  const [, pid, began, owner, kind] = match;
  return { pid: Number(pid), began: began === "x" ? null : began!, machine: owner!, kind: kind as Kind };
}

const move = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );
