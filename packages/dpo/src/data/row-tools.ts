import { z } from "zod";

const described = z.looseObject({ name: z.string() });
const wrapped = z.looseObject({ type: z.literal("function"), function: described });
/** LLaMA-Factory lists what OpenAI's schema has as `function`. */
const bare = z
  .looseObject({ name: z.string(), parameters: z.unknown() })
  .transform((tool): z.output<typeof wrapped> => ({ type: "function", function: tool }));
const tools = z.array(z.union([wrapped, bare]));

/** A row's tools, as a list or as its JSON, which TRL reads alike; undefined where they are neither. */
export function readTools(value: unknown): readonly object[] | undefined {
  try {
    return tools.safeParse(typeof value === "string" ? JSON.parse(value) : value).data;
  } catch {
    return undefined;
  }
}
