import { z } from "zod";
import { PreferenceError, type Place } from "../errors.ts";
import type { Item } from "../item.ts";
import type { Message } from "../message.ts";
import { toolsRow } from "../tools.ts";

/** Where a foreign row keeps what an item needs. Names are keys, or keys of keys: `reward_model.ground_truth.target`. */
export const promptFields = z.strictObject({
  /** A text, a list of `{ role, content }`, or a list of `{ from, value }`. */
  prompt: z.string().min(1).default("prompt"),
  id: z.string().min(1).optional(),
  /** A text or number, or a list of them. */
  answers: z.string().min(1).optional(),
  cluster: z.string().min(1).optional(),
  /** A list of tools in OpenAI's schema, or its JSON; empty or missing for none. false: the column is something else. */
  tools: z.union([z.literal(false), z.string().min(1)]).default("tools"),
  /** The text of a system message that goes before every prompt that has none. */
  system: z.string().min(1).optional(),
});

export type PromptFields = z.output<typeof promptFields>;
export type PromptFieldsInput = z.input<typeof promptFields>;

const speakers: Record<string, Message["role"]> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  system: "system",
  tool: "tool",
  observation: "tool",
};

const turn = z.union([
  z
    .object({
      role: z.enum(["system", "user", "assistant", "tool"]),
      content: z.string(),
      // A turn without its calls would be another turn.
      tool_calls: z.array(z.unknown()).max(0).nullish(),
    })
    .transform(({ role, content }): Message => ({ role, content })),
  z
    .object({ from: z.enum(Object.keys(speakers)), value: z.string() })
    .transform(({ from, value }): Message => ({ role: speakers[from]!, content: value })),
]);
const conversation = z.union([
  z
    .string()
    .min(1)
    .transform((content): Message[] => [{ role: "user", content }]),
  z.array(turn),
]);
const scalar = z.union([z.string(), z.number(), z.bigint()]).transform(String);
const scalars = z.union([scalar.transform((value) => [value]), z.array(scalar)]);

function parsedJson(value: unknown): unknown {
  try {
    return typeof value === "string" && value.trim() !== "" ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}

/** What a data set says of tools; nothing where it has none. */
const tools = z.preprocess((value) => {
  const parsed = parsedJson(value);
  return parsed === null || parsed === "" || (Array.isArray(parsed) && parsed.length === 0) ? undefined : parsed;
}, toolsRow.optional());

const valueAt = (row: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], row);

const show = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner)).slice(0, 60);

/** What follows the last question is an answer, not the prompt. */
function withoutAnswer(messages: readonly Message[]): Message[] {
  const last = messages.findLastIndex(({ role }) => role !== "assistant");
  return messages.slice(0, last + 1);
}

/**
 * An item from a row of any data set. Answers at the end of a conversation are cut off; the id is undefined where the row has none.
 *
 * @throws PreferenceError E_ROW, all problems at once
 */
export function itemFromRow(row: unknown, fields: PromptFields, place: Place = {}): Omit<Item, "id"> & { id?: string } {
  const problems: string[] = [];
  const read = <T>(path: string | undefined, schema: z.ZodType<T>, expected: string): T | undefined => {
    if (path === undefined) return undefined;
    const value = valueAt(row, path);
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(`${path} — expected ${expected}, got ${show(value)}`);
    return undefined;
  };
  const messages = read(fields.prompt, conversation, "a text or a list of messages");
  const prompt = withoutAnswer(messages ?? []);
  if (messages !== undefined && prompt.length === 0)
    problems.push(`${fields.prompt} — expected a question, got ${show(messages)}`);
  const id = read(fields.id, scalar, "a text or a number");
  const answers = read(fields.answers, scalars, "a text, a number or a list of them");
  const cluster = read(fields.cluster, scalar, "a text or a number");
  const callable = read(fields.tools === false ? undefined : fields.tools, tools, "tools in OpenAI's schema");
  if (problems.length > 0) throw new PreferenceError("E_ROW", problems, place);

  const { system } = fields;
  const addressed = system === undefined || prompt.some(({ role }) => role === "system");
  return {
    ...(id === undefined ? {} : { id }),
    prompt: addressed ? prompt : [{ role: "system", content: system }, ...prompt],
    ...(callable === undefined ? {} : { tools: callable }),
    ...(answers === undefined ? {} : { answers }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}
