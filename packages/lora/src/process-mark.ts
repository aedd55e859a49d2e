import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, told from all others: what it leaves behind can be known as nobody's. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** Kernel ticks at which it began, where the system tells: a later process may bear the same number. */
  readonly began: string | null;
}

export async function ownMark(): Promise<ProcessMark> {
  return { pid: process.pid, host: hostname(), began: await processStart(process.pid) };
}

/** Whether the process is known to be gone; one of another machine never is. */
export async function isGone({ pid, host, began }: ProcessMark): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return true;
  }
  const found = await processStart(pid);
  return began !== null && found !== null && found !== began;
}

/** Field 22 of /proc/PID/stat; null where there is no such file. The second field may hold blanks and parentheses. */
async function processStart(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds its number until its parent asks for it, but works no more.
    return fields[0] === "Z" ? "ended" : (fields[19] ?? null);
  } catch {
    return null;
  }
}
