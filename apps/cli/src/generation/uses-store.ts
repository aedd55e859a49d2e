import type { RecipePair } from "../recipe/recipe-schema.ts";
import type { GenerationSettings } from "./generation-schema.ts";

type Sides = Pick<RecipePair, "chosen" | "rejected">;

/** Whether a pair's answers are kept for other pairs, too: those of models that the recipe names are. */
export const usesStore = ({ chosen, rejected }: Sides): boolean =>
  typeof chosen === "string" || typeof rejected === "string";

/** Whether a model folder is run in this process for a pair: one of its models, its judge, or the base that it is put to. */
export const runsHere = ({ chosen, rejected }: Sides, { models, judge, margin }: GenerationSettings): boolean =>
  margin !== undefined ||
  [chosen, rejected, ...(judge === undefined ? [] : [judge])].some(
    (side) => typeof side !== "string" || "folder" in models[side]!,
  );
