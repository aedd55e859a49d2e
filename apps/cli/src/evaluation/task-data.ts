import { stat } from "node:fs/promises";
import { extname, join } from "node:path";

import type { Doc, TaskConfig } from "@prefdelta/eval";
import { readDocuments, readMmlu, readSplit } from "@prefdelta/eval/node";

import { CliError } from "../errors.ts";

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
  | "training_split"
  | "validation_split"
  | "test_split"
>;

const kindOf = async (path: string): Promise<"file" | "folder" | undefined> =>
  stat(path).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => undefined,
  );

/** MMLU as its authors publish it is CSV without a header. */
const readRows = (task: Task, path: string): Promise<Doc[]> =>
  task.dataset_path === "cais/mmlu" && extname(path).toLowerCase() === ".csv" ? readMmlu(path) : readDocuments(path);

/** One split: `SPLIT/NAME_SPLIT.csv` of MMLU's authors, else the Hub's layout, `NAME/SPLIT-….parquet` or without NAME. */
async function readFolderSplit(task: Task, folder: string, split: string): Promise<Doc[]> {
  const name = task.dataset_name;
  if (typeof name !== "string") return readSplit(folder, split);
  const published = join(folder, split, `${name}_${split}.csv`);
  if ((await kindOf(published)) === "file") return readRows(task, published);
  // GPQA's subsets are files.
  const file = join(folder, `${name}.csv`);
  if ((await kindOf(file)) === "file") return readRows(task, file);
  const own = join(folder, name);
  return readSplit((await kindOf(own)) === "folder" ? own : folder, split);
}

/**
 * A task's items from a file, or from a folder with its splits. Examples come from the few-shot split, else the training split; of a file from
 * the file itself, never the item that is asked.
 *
 * @throws CliError E_INPUT, EvalError E_FILE, E_ROW
 */
export async function readTaskData(task: Task, path: string): Promise<TaskData> {
  const kind = await kindOf(path);
  if (kind === undefined) throw new CliError("E_INPUT", `--data ${path}: expected a file or a folder, found nothing`);
  if (kind === "file") {
    const documents = await readRows(task, path);
    return { documents, fewshot: documents };
  }
  // As lm-evaluation-harness: what is tested on is the test split, else the validation split.
  const tested = task.test_split ?? task.validation_split;
  if (tested == null) {
    throw new CliError(
      "E_INPUT",
      `${task.task}: expected test_split or validation_split, found neither; --data takes a file, too`,
    );
  }
  const examples = task.fewshot_split ?? task.training_split ?? task.validation_split ?? tested;
  const documents = await readFolderSplit(task, path, tested);
  const fewshot = task.num_fewshot === 0 ? [] : await readFolderSplit(task, path, examples);
  return { documents, fewshot };
}
