import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

type Operation = (this: unknown, ...args: unknown[]) => Promise<unknown>;

const changing = ["mkdir", "rename", "rm"] as const;
const ofHandles = ["write", "writeFile", "sync", "truncate"] as const;

export interface FileOperations {
  /** Begun so far. */
  readonly count: number;
}

/**
 * From now on this process counts what it changes in files and folders, and ends itself with SIGKILL where operation `place` (from 1) would
 * begin; a write gets as far as half of its bytes. Nothing is undone or flushed, as with a kill from outside.
 */
export function dieAtFileOperation(place: number): FileOperations {
  const operations = { count: 0 };
  const isLast = (): boolean => ++operations.count === place;
  const die = (): never => {
    process.kill(process.pid, "SIGKILL");
    throw new Error("expected to be dead");
  };
  for (const name of changing) {
    const original = fs[name] as Operation;
    Object.assign(fs, { [name]: (...args: unknown[]) => (isLast() ? die() : original(...args)) });
  }
  const { open } = fs;
  const counted = async (...args: Parameters<typeof open>): Promise<FileHandle> => {
    const handle = await open(...args);
    for (const name of ofHandles) {
      const original = (handle[name] as unknown as Operation).bind(handle);
      const replacement: Operation = async (...given) => {
        if (!isLast()) return original(...given);
        const [bytes, offset = 0, length] = given as [Uint8Array, number?, number?];
        if (name === "write") await original(bytes, offset, Math.floor((length ?? bytes.length) / 2), given[3]);
        return die();
      };
      Object.assign(handle, { [name]: replacement });
    }
    return handle;
  };
  Object.assign(fs, { open: counted });
  syncBuiltinESMExports();
  return operations;
}
