import type { Command } from "./command.ts";

/** Every `pda` command, in the order of the help. One is loaded when it is asked for: to inspect an adapter no engine is needed. */
export const commands = {
  run: async () => (await import("./commands/run.ts")).run,
  generate: async () => (await import("./commands/generate.ts")).generate,
  train: async () => (await import("./commands/train.ts")).train,
  merge: async () => (await import("./commands/merge.ts")).merge,
  inspect: async () => (await import("./commands/inspect.ts")).inspect,
  lint: async () => (await import("./commands/lint.ts")).lint,
  export: async () => (await import("./commands/export.ts")).exportAdapter,
  eval: async () => (await import("./commands/eval.ts")).evaluate,
  compare: async () => (await import("./commands/compare.ts")).compare,
  report: async () => (await import("./commands/report.ts")).report,
  retriever: async () => (await import("./commands/retriever.ts")).retriever,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  push: async () => (await import("./commands/push.ts")).push,
} satisfies Record<string, () => Promise<Command>>;
