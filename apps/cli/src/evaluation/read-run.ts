import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ScoredItem } from "@prefdelta/eval";
import { z } from "zod";

import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { sha256 } from "../files/hash.ts";
import { CliError } from "../errors.ts";

/** The part of lm-evaluation-harness' sample that says which item it is and by what it was marked; other keys stay. */
const sample = z.looseObject({
  doc_id: z.int(),
  doc: z.looseObject({}),
  target: z.unknown(),
  filter: z.string().default("none"),
  metrics: z.array(z.string()).min(1),
});
const score = z.union([z.number(), z.boolean()]).transform(Number);

/** An item with a hash of its document and target, so that two runs on other data are not taken for a pair. */
export interface ReadItem extends ScoredItem {
  readonly content: string;
}

/** lm-evaluation-harness puts the time of the run behind the task's name. */
const samplesName = /^samples_(.+?)(?:_\d{4}-\d\d-\d\dT[\d.-]+)?\.jsonl$/;

/**
 * Every `samples_TASK.jsonl` of a results folder, ours or lm-evaluation-harness', as items by task; by `TASK,FILTER` where a task
 * was filtered in several ways. Scored by `metric`, or by the first that a sample names. An item is its document's `id`, else its `doc_id`;
 * a document's `cluster` says which items stand or fall together.
 *
 * @throws CliError E_INPUT naming file and line
 */
export async function readRun(folder: string, metric?: string): Promise<Record<string, ReadItem[]>> {
  const run: Record<string, ReadItem[]> = {};
  const sources: Record<string, string> = {};
  for (const name of (await namesIn(folder)).toSorted()) {
    const task = samplesName.exec(name)?.[1];
    if (task === undefined) continue;
    if (Object.hasOwn(sources, task)) {
      const message = `${folder}: expected one file of samples for ${task}, found ${sources[task]} and ${name}`;
      throw new CliError("E_INPUT", message);
    }
    sources[task] = name;
    const path = join(folder, name);
    const lines = (await readFile(path, "utf8")).split("\n");
    const rows = lines.flatMap((line, i) =>
      line === "" ? [] : [parseRow(line, { place: `${path}:${i + 1}`, metric })],
    );
    const byFilter = Map.groupBy(rows, ({ filter }) => filter);
    for (const [filter, items] of byFilter) {
      run[byFilter.size === 1 ? task : `${task},${filter}`] = items.map(({ item }) => item);
    }
  }
  if (Object.keys(run).length > 0) return run;
  throw new CliError("E_INPUT", `${folder}: expected samples_TASK.jsonl with a sample in it, found none`);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const message = `${folder}: expected a folder of results, found ${(cause as Error).message}`;
    throw new CliError("E_INPUT", message, { cause });
  }
}

function parseRow(
  line: string,
  { place, metric }: { place: string; metric: string | undefined },
): { filter: string; item: ReadItem } {
  let row: z.infer<typeof sample>;
  try {
    row = sample.parse(JSON.parse(line));
  } catch (cause) {
    throw new CliError("E_INPUT", `${place}: expected a sample of an evaluation, found ${line.slice(0, 60)}`, {
      cause,
    });
  }
  const by = metric ?? row.metrics[0]!;
  const value = score.safeParse(row[by]);
  if (!value.success) {
    const found = row[by] === undefined ? "none" : JSON.stringify(row[by]);
    throw new CliError(
      "E_INPUT",
      `${place}: ${by} — expected a score, found ${found}; it has ${row.metrics.join(", ")}`,
    );
  }
  const { id: own, cluster } = row.doc;
  const id = typeof own === "string" ? own : String(row.doc_id);
  const content = sha256(canonicalJson({ doc: row.doc, target: row.target ?? null } as Json));
  return {
    filter: row.filter,
    item: { id, cluster: typeof cluster === "string" ? cluster : id, score: value.data, content },
  };
}
