import type { Command } from "../command.ts";
import { engineArguments } from "../engine/engine-arguments.ts";
import { evaluateItems } from "../evaluation/evaluate-items.ts";
import { evaluateTasks } from "../evaluation/evaluate-tasks.ts";
import { taskArguments } from "../evaluation/task-arguments.ts";

/**
 * `pda eval MODEL --task NAME --data PATH [--adapter DIR] --out DIR`: tasks as lm-evaluation-harness asks them;
 * `pda eval --model DIR [--adapter DIR] --tasks FILE.jsonl --out DIR`: exact match of a recipe's items.
 */
export const evaluate: Command = {
  description: "Evaluate a model, with or without adapters, on tasks or by exact match of its answers",
  arguments: {
    folder: { type: "positional", required: false, valueHint: "MODEL", description: "folder of the model" },
    model: { type: "string", valueHint: "DIR", description: "the same" },
    adapter: {
      type: "string",
      repeatable: true,
      valueHint: "DIR",
      description: "folder of a LoRA on it, here or at the server; with --task several, base for none",
    },
    ...taskArguments,
    tasks: { type: "string", valueHint: "FILE.jsonl,…", description: "instead of --task: files of items with answers" },
    out: { type: "string", required: true, valueHint: "DIR", description: "folder of results and samples" },
    config: { type: "string", valueHint: "eval.yaml", description: "how answers are written, and the search tool" },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one such setting" },
    ...engineArguments,
  },
  run: (args, context) =>
    args.lists["task"] === undefined ? evaluateItems(args, context) : evaluateTasks(args, context),
};
