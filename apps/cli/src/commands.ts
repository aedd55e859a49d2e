import type { Command } from "./command.ts";
import { compare } from "./commands/compare.ts";
import { evaluate } from "./commands/eval.ts";
import { exportAdapter } from "./commands/export.ts";
import { generate } from "./commands/generate.ts";
import { inspect } from "./commands/inspect.ts";
import { lint } from "./commands/lint.ts";
import { merge } from "./commands/merge.ts";
import { push } from "./commands/push.ts";
import { retriever } from "./commands/retriever.ts";
import { run } from "./commands/run.ts";
import { train } from "./commands/train.ts";

/** Every `pda` command, in the order of the help. */
export const commands = {
  run,
  generate,
  train,
  merge,
  inspect,
  lint,
  export: exportAdapter,
  eval: evaluate,
  compare,
  retriever,
  push,
} satisfies Record<string, Command>;
