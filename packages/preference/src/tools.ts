import { z } from "zod";

/** A function that a model may call, in OpenAI's schema; what it holds beyond its name is the template's matter. */
export interface Tool {
  type: "function";
  function: { name: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** At least one. Keys stay in their order: chat templates print tools as they are. */
export const toolsRow: z.ZodType<Tool[]> = z
  .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string().min(1) }) }))
  .min(1);
