import { ReportError } from "../errors.ts";
import type { ReportedStage, Run, Stage } from "../run.ts";
import { checkFiles } from "./checked-files.ts";
import { evaluationSchema } from "./evaluation-schema.ts";
import { manifestSchema } from "./manifest-schema.ts";
import type { ReportedManifest } from "./manifest-schema.ts";
import { mergeSchema } from "./merge-schema.ts";
import { countsSchema, diagnosticsSchema } from "./pair-schema.ts";
import type { RunFolder } from "./run-folder.ts";
import { stageStates } from "./stage-states.ts";
import { tableSchema } from "./table-schema.ts";
import { logRowSchema, trainingSchema } from "./training-schema.ts";

/**
 * Reads what a run has left so far. What is not there yet is no error.
 *
 * @throws {ReportError} E_RUN_FOLDER without a manifest; E_RUN_FILE with everything that is wrong with any file
 */
export async function readRun(folder: RunFolder): Promise<Run> {
  const files = checkFiles(folder);
  const manifest = await files.json("manifest.json", manifestSchema);
  files.finish();
  if (manifest === undefined) {
    const problem = `${folder.name}: expected a folder that \`pda run\` has written, got one without manifest.json`;
    throw new ReportError("E_RUN_FOLDER", [problem]);
  }
  const stages = await stageStates(manifest, folder);
  const ofKind = <Files>(kind: string, read: (id: string) => Promise<Files>) =>
    Promise.all(
      stages
        .filter((stage) => stage.kind === kind)
        .map(async (stage): Promise<ReportedStage<Files>> => ({
          stage,
          files: stage.state === "done" ? await read(stage.id) : null,
        })),
    );
  const run: Run = {
    recipe: manifest.recipe,
    versions: manifest.versions,
    stages,
    pairs: await ofKind("generate", async (id) => ({
      counts: await files.json(`${id}/counts.json`, countsSchema),
      diagnostics: await files.json(`${id}/diagnostics.json`, diagnosticsSchema),
    })),
    trainings: await ofKind("train", async (id) => ({
      log: await files.jsonLines(`${id}/trainer_log.jsonl`, logRowSchema),
      training: await files.json(`${id}/training.json`, trainingSchema),
    })),
    merges: await ofKind("merge", async (id) => ({ report: await files.json(`${id}/report.json`, mergeSchema) })),
    evaluations: await ofKind("eval", async (id) => ({
      scores: await files.json(`${id}/results.json`, evaluationSchema),
    })),
    table: isOutdated(manifest, stages)
      ? (await folder.read("table.json")) === undefined
        ? "absent"
        : "outdated"
      : ((await files.json("table.json", tableSchema)) ?? "absent"),
  };
  files.finish();
  return run;
}

/** Whether a table, if there is one, rests on other evaluations than those that the recipe asks for. */
const isOutdated = ({ planned, table }: ReportedManifest, stages: readonly Stage[]): boolean =>
  stages.some(
    ({ id, kind, state }) =>
      kind === "eval" && planned[id] !== undefined && (state !== "done" || table[id] !== planned[id]),
  );
