import type { Stage, StageState } from "../run.ts";
import type { ReportedManifest } from "./manifest-schema.ts";
import type { RunFolder } from "./run-folder.ts";

/**
 * Every stage that the recipe asks for, and how far it is. A manifest that does not say what was asked for is taken at its word: what it has
 * is done, and no more was wanted.
 */
export async function stageStates({ planned, stages, failed }: ReportedManifest, folder: RunFolder): Promise<Stage[]> {
  const recorded = Object.entries(stages).map(([id, { key }]): [string, string] => [id, key]);
  const asked = Object.keys(planned).length === 0 ? recorded : Object.entries(planned);
  return Promise.all(
    asked.map(async ([id, key]): Promise<Stage> => {
      const [kind = id, ...name] = id.split("/");
      const failure = failed[id]?.key === key ? failed[id] : undefined;
      const state = await stateOf();
      return { id, kind, name: name.join("/"), state, error: state === "failed" ? failure!.message : null };

      async function stateOf(): Promise<StageState> {
        if (stages[id]?.key === key) return "done";
        if (failure !== undefined) return "failed";
        // Where a stage works until it is whole.
        if ((await folder.list(`.work/${id}/${key}`)).length > 0) return "stopped";
        return stages[id] === undefined ? "waiting" : "outdated";
      }
    }),
  );
}
