import type { Command } from "../command.ts";
import { writeReport } from "../report/write-report.ts";

/** `pda report RUN_DIR`: the page of a run, finished or not. */
export const report: Command = {
  description: "Write the page of a run: its table, data, training curves and merges, in one HTML file",
  arguments: {
    run: { type: "positional", valueHint: "RUN_DIR", description: "a folder that pda run has written" },
  },
  async run({ positionals: [folder] }) {
    const { path, stages } = await writeReport(folder!);
    const done = stages.filter(({ state }) => state === "done").length;
    return {
      json: { report: path, stages: stages.map(({ id, state, error }) => ({ stage: id, state, error })) },
      text: `${done} of ${stages.length} stages done\n→ ${path}`,
    };
  },
};
