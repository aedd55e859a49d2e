import { stat } from "node:fs/promises";
import { extname, join } from "node:path";

import type { Doc, TaskConfig } from "@prefdelta/eval";
import { readCotPrompts, readDocuments, readMmlu, readSplit } from "@prefdelta/eval/node";

import { CliError } from "../errors.ts";
import type { OpenHubDataset } from "./hub-data.ts";

export interface TaskData {
  readonly documents: readonly Doc[];
  /** Rows that examples come from. */
  readonly fewshot: readonly Doc[];
}

type Task = Pick<
  TaskConfig,
  | "task"
  | "dataset_path"
  | "dataset_name"
  | "num_fewshot"
  | "fewshot_split"
  | "fewshot_config"
  | "training_split"
  | "validation_split"
  | "test_split"
>;

export interface TaskDataPlaces {
  /** A file, a folder of splits, or a data set of the Hub. */
  readonly data: string;
  /** Where examples come from, if not from there. */
  readonly fewshot?: string | undefined;
  readonly openHub: OpenHubDataset;
}

/** Rows of a split; of a file all of them. */
type Place = { readonly isFile: boolean; readonly split: (name: string) => Promise<Doc[]> };

const kindOf = async (path: string): Promise<"file" | "folder" | undefined> =>
  stat(path).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => undefined,
  );

/** MMLU as its authors publish it is CSV without a header; BIG-Bench Hard's examples are texts. */
const readRows = (task: Task, path: string): Promise<Doc[]> => {
  const ending = extname(path).toLowerCase();
  if (ending === ".txt") return readCotPrompts(path);
  return task.dataset_path === "cais/mmlu" && ending === ".csv" ? readMmlu(path) : readDocuments(path);
};

/** One split: `SPLIT/NAME_SPLIT.csv` of MMLU's authors, a file of the subset's name, else the Hub's layout, `NAME/SPLIT-….parquet` or without NAME. */
async function readFolderSplit(task: Task, folder: string, split: string): Promise<Doc[]> {
  const name = task.dataset_name;
  if (typeof name !== "string") return readSplit(folder, split);
  // GPQA's subsets are files, and BIG-Bench Hard's.
  const named = [".csv", ".json", ".jsonl", ".parquet", ".txt"].map((ending) => join(folder, `${name}${ending}`));
  for (const file of [join(folder, split, `${name}_${split}.csv`), ...named]) {
    if ((await kindOf(file)) === "file") return readRows(task, file);
  }
  const own = join(folder, name);
  return readSplit((await kindOf(own)) === "folder" ? own : folder, split);
}

async function openPlace(
  task: Task,
  where: string,
  { option, openHub }: { readonly option: string; readonly openHub: OpenHubDataset },
): Promise<Place> {
  const hub = await openHub(where, task.dataset_path);
  if (hub !== undefined) {
    const split = async (name: string): Promise<Doc[]> => {
      const files = await hub.splitFiles(task.dataset_name ?? undefined, name);
      return (await Promise.all(files.map((file) => readRows(task, file)))).flat();
    };
    return { isFile: false, split };
  }
  const kind = await kindOf(where);
  if (kind === "file") return { isFile: true, split: () => readRows(task, where) };
  if (kind === "folder") return { isFile: false, split: (name) => readFolderSplit(task, where, name) };
  const expected = "expected a file, a folder, or hub:NAMESPACE/NAME";
  throw new CliError("E_INPUT", `--${option} ${where}: ${expected}, found nothing`);
}

/**
 * A task's items from a file, from a folder with its splits, or from the Hub. Examples come from the few-shot split, else the training split; of a file from
 * the file itself, never the item that is asked; from another place where one is given.
 *
 * @throws CliError E_INPUT, E_HUB; EvalError E_FILE, E_ROW
 */
export async function readTaskData(task: Task, { data, fewshot: other, openHub }: TaskDataPlaces): Promise<TaskData> {
  const place = await openPlace(task, data, { option: "data", openHub });
  // As lm-evaluation-harness: what is tested on is the test split, else the validation split.
  const tested = task.test_split ?? task.validation_split;
  if (tested == null && !place.isFile) {
    throw new CliError(
      "E_INPUT",
      `${task.task}: expected test_split or validation_split, found neither; --data takes a file, too`,
    );
  }
  const documents = await place.split(tested ?? "");
  const ownExamples = task.fewshot_config.samples !== undefined;
  if (task.num_fewshot === 0 || ownExamples) return { documents, fewshot: [] };
  const from = other === undefined ? place : await openPlace(task, other, { option: "fewshot", openHub });
  if (from === place && place.isFile) return { documents, fewshot: documents };
  const examples = task.fewshot_split ?? task.training_split ?? task.validation_split ?? tested ?? "";
  try {
    return { documents, fewshot: await from.split(examples) };
  } catch (cause) {
    if (other !== undefined) throw cause;
    const message = `${task.task}: its ${task.num_fewshot} examples: ${(cause as Error).message}; --fewshot PATH says where they are, --num-fewshot 0 asks without`;
    throw new CliError("E_INPUT", message, { cause });
  }
}
