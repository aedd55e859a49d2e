import { availableParallelism } from "node:os";
import { describeInspection } from "../inspect/describe-inspection.ts";
import type { InspectedSources } from "../inspect/module-inspector.ts";
import { composeReport, type ModuleOutcome } from "../merged-module.ts";
import type { MergeReport } from "../report/merge-report.ts";
import { foreseeBaselines } from "./foresee-baselines.ts";
import { openJob, type MadeModule, type MergeJob, type OpenMerge } from "./merge-job.ts";
import { startThreads } from "./merge-threads.ts";
import { shareModules } from "./share-modules.ts";
import { stopPromises } from "./stop-promises.ts";

/** What writes a job's results. */
export interface MergeWriter {
  /** Each takes every module once. */
  readonly takers: number;
  /** In which the takers want the modules. */
  readonly order: (merges: readonly OpenMerge[]) => readonly string[] | Promise<readonly string[]>;
  readonly write: (
    taker: number,
    merges: readonly OpenMerge[],
    take: (path: string) => Promise<MadeModule>,
  ) => Promise<void>;
}

export interface RunMergeOptions {
  /** Threads; by default one a core, and none of its own for a small merge. The result does not depend on it. */
  readonly threads?: number | undefined;
  /** Stops the merge; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Numbers that are merged sooner than a thread starts. */
const SMALL = 2 ** 22;

/**
 * Makes every module of a job once and hands it to all that write. Where one of them fails, or the signal says so, all stop, the threads with
 * them, and the first reason is thrown.
 *
 * @returns a report for each merge; the sources are described in the first
 */
export async function runMerge(
  job: MergeJob,
  { takers, order, write }: MergeWriter,
  { threads, signal }: RunMergeOptions,
): Promise<MergeReport[]> {
  signal?.throwIfAborted();
  const { merges, paths, numbers, make, close } = await openJob(job);
  try {
    const wanted = await order(merges);
    const count = Math.min(paths.length, threads ?? (merges.length * numbers < SMALL ? 1 : availableParallelism()));
    const threadsOfOwn = count <= 1 ? null : startThreads(job, count);
    const workers = threadsOfOwn ?? { make, close: async (): Promise<void> => {} };
    const said = new Map<string, { outcomes: readonly ModuleOutcome[]; inspected: InspectedSources | null }>();
    const makeOne = async (path: string): Promise<MadeModule> => {
      const made = await workers.make(path);
      const outcomes = made.merges.map(({ report, statistics }) => ({ report, statistics }));
      said.set(path, { outcomes, inspected: made.inspected });
      return made;
    };
    // One ahead for each thread: none waits for the disk, and no more is held; less where a module has many results, or is a whole weight.
    const ahead = count <= 1 ? 1 : takers > 1 || job.base !== undefined ? count + 1 : 2 * count;
    const stop = stopPromises();
    const take = shareModules(wanted, makeOne, { takers, ahead, stop });
    const abort = (): void => stop.stop(signal!.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    try {
      await stop.unlessStopped(threadsOfOwn?.draw(foreseeBaselines(job, merges)) ?? Promise.resolve());
      const written = Array.from({ length: takers }, async (_, taker) => {
        await write(taker, merges, (path) => take(taker, path)).catch((error: unknown) => {
          stop.stop(error);
          throw error;
        });
      });
      const settled = await Promise.allSettled(written);
      if (settled.some(({ status }) => status === "rejected")) throw stop.reason()!.error;
    } finally {
      signal?.removeEventListener("abort", abort);
      await workers.close();
    }
    const ordered = paths.map((path) => said.get(path)!);
    const inspected = ordered.flatMap((one) => one.inspected ?? []);
    const diagnostics = job.diagnose ? describeInspection(job.names, inspected) : null;
    return merges.map(({ plan }, place) => {
      const outcomes = ordered.map((one) => one.outcomes[place]!);
      return composeReport(plan, outcomes, place === 0 ? diagnostics : null);
    });
  } finally {
    await close();
  }
}
