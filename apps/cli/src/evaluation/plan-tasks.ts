import { join } from "node:path";

import { builtInTaskNames, builtInTasks, questionsFrom, taskDocuments } from "@prefdelta/eval";
import type { Question, TaskConfig } from "@prefdelta/eval";
import { readDocuments, readTask } from "@prefdelta/eval/node";

import { nearest } from "../config/nearest.ts";
import { CliError } from "../errors.ts";
import { fetchHubFiles, hubAddressProblem, isHubAddress } from "../files/hub-files.ts";
import { hubHome } from "../files/hub-settings.ts";
import { hubDatasets } from "./hub-data.ts";
import { readTaskData, type TaskData } from "./task-data.ts";

/** What a model is asked: a task's documents, or open questions with a search tool. */
export type PlannedTask =
  | { readonly kind: "documents"; readonly name: string; readonly task: TaskConfig; readonly data: TaskData }
  | { readonly kind: "questions"; readonly name: string; readonly questions: readonly Question[] };

export interface TaskPlan {
  readonly tasks: readonly PlannedTask[];
  /** Names that stand for several tasks. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export interface PlanOptions {
  /** Built-in names, sets of questions, and paths of YAML files. */
  readonly names: readonly string[];
  /** Where the items lie: by name, or "" for every other. */
  readonly data: Readonly<Record<string, string>>;
  /** Where examples lie, if elsewhere; likewise. */
  readonly fewshot?: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly numFewshot?: number | undefined;
  /** Whether there is a search tool: then nq and triviaqa are searched for, else answered from memory. */
  readonly searching?: boolean;
  /** Items of each task at most, the first ones. */
  readonly limit?: number | undefined;
}

/** Open questions, asked as Search-R1 asks them. */
const questionSets = ["hotpotqa", "2wikimultihopqa", "musique", "bamboogle", "popqa"];
/** Names of tasks, too. */
const alsoQuestions = ["nq", "triviaqa"];

async function tasksNamed(name: string): Promise<readonly TaskConfig[]> {
  if (/\.ya?ml$/i.test(name)) return [await readTask(name)];
  const found = builtInTasks(name);
  if (found.length > 0) return found;
  const groups = builtInTaskNames.map(builtInTasks).filter(({ length }) => length > 1);
  const members = new Set(groups.flat().map(({ task }) => task));
  const known = [...builtInTaskNames.filter((one) => !members.has(one)), ...questionSets];
  const near = nearest(name, [...builtInTaskNames, ...questionSets]);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new CliError("E_USAGE", `--task: expected a .yaml file or one of ${known.join(", ")}, found "${name}"${hint}`);
}

function dataOf(name: string, data: PlanOptions["data"]): string {
  const path = data[name] ?? data[""];
  if (path !== undefined) return path;
  throw new CliError(
    "E_USAGE",
    `--data: expected the items of ${name} (a file, a folder of splits, or hub), found none`,
  );
}

/**
 * Reads tasks and their items, before a model is loaded.
 *
 * @throws CliError E_USAGE, E_INPUT; EvalError E_TASK, E_FILE, E_ROW, E_DOCUMENT
 */
export async function planTasks(options: PlanOptions): Promise<TaskPlan> {
  const { names, data, fewshot: examples = {}, numFewshot, searching = false, limit, env } = options;
  const openHub = hubDatasets(env);
  const asked = searching ? [...questionSets, ...alsoQuestions] : questionSets;
  const tasks: PlannedTask[] = [];
  const groups: Record<string, readonly string[]> = {};
  for (const name of names) {
    const path = dataOf(name, data);
    if (asked.includes(name)) {
      const rows = await readQuestionRows(path, env);
      tasks.push({ kind: "questions", name, questions: questionsFrom(rows.slice(0, limit), path) });
      continue;
    }
    const members = await tasksNamed(name);
    if (members.length > 1) groups[name] = members.map(({ task }) => task);
    for (const member of members) {
      const task = numFewshot === undefined ? member : { ...member, num_fewshot: numFewshot };
      const { documents, fewshot } = await readTaskData(task, {
        ...{ data: path, fewshot: examples[name] ?? examples[""], openHub },
      });
      const limited = { documents: taskDocuments(task, documents).slice(0, limit), fewshot };
      tasks.push({ kind: "documents", name: task.task, task, data: limited });
    }
  }
  refuseDoubles(tasks);
  return { tasks, groups };
}

/** Of a file here, or of files of the Hub. */
async function readQuestionRows(path: string, env: NodeJS.ProcessEnv) {
  if (!isHubAddress(path)) return readDocuments(path);
  const problem = hubAddressProblem(path);
  if (problem !== undefined) throw new CliError("E_USAGE", `--data ${path}: ${problem}`);
  const files = await fetchHubFiles(path, { folder: join(hubHome(env), "prefdelta", "datasets"), env });
  return (await Promise.all(files.map(readDocuments))).flat();
}

function refuseDoubles(tasks: readonly PlannedTask[]): void {
  const names = tasks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new CliError("E_USAGE", `--task: expected each task once, found ${twice} twice`);
}
