import { z } from "zod";
import type { ChatMessage } from "./pair-tokenizer.ts";

const text = z.string();

/** OpenAI's parts of a content, of which we take texts: one text. */
const textPart = z.looseObject({ type: z.literal("text"), text });
const content = z
  .union([text, z.array(textPart)], { error: "expected string" })
  .transform((value) => (typeof value === "string" ? value : value.map((part) => part.text).join("")));

/** A call's arguments may be an object, as templates want them, or its JSON. */
const toolCalls = z.array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: text }) }));

/** OpenAI's and TRL's message. A message that calls tools may be without content. */
const message = z
  .strictObject({
    role: z.enum(["system", "user", "assistant", "tool"]),
    content: content.optional(),
    tool_calls: toolCalls.optional(),
    tool_call_id: text.optional(),
    name: text.optional(),
  })
  .transform(({ content: words, ...rest }, context): ChatMessage => {
    if (words === undefined && rest.tool_calls === undefined) {
      context.issues.push({ code: "invalid_type", expected: "string", input: undefined, path: ["content"] });
      return z.NEVER;
    }
    const { role, ...others } = rest;
    return { role, content: words ?? "", ...others };
  });

const speakers = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  function_call: "assistant",
  system: "system",
  observation: "tool",
  tool: "tool",
} as const satisfies Record<string, ChatMessage["role"]>;

/** What a `function_call` turn says: one call, or several. */
const called = z.object({ name: text, arguments: z.unknown() });

/** @returns undefined where the text is no call */
function readCalls(value: string): object[] | undefined {
  try {
    const calls = z.union([z.array(called).min(1), called.transform((call) => [call])]).safeParse(JSON.parse(value));
    return calls.data?.map((call) => ({ type: "function", function: call }));
  } catch {
    return undefined;
  }
}

/** ShareGPT's turn, with LLaMA-Factory's calls of tools. */
const turn = z
  .strictObject({ from: z.enum(Object.keys(speakers) as (keyof typeof speakers)[]), value: text })
  .transform(({ from, value }, context): ChatMessage => {
    if (from !== "function_call") return { role: speakers[from], content: value };
    const tool_calls = readCalls(value);
    if (tool_calls) return { role: "assistant", content: "", tool_calls };
    const message = "expected the JSON of a call, with name and arguments";
    context.issues.push({ code: "custom", message, input: value, path: ["value"] });
    return z.NEVER;
  });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parquet has every key in every message. */
const withoutNulls = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));

/** A message in OpenAI's form, or a turn in ShareGPT's. */
export const messageForm = z.unknown().transform((value, context): ChatMessage => {
  const given = isRecord(value) ? withoutNulls(value) : value;
  const form: z.ZodType<ChatMessage> = isRecord(given) && "from" in given ? turn : message;
  const parsed = form.safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue } as z.core.$ZodRawIssue);
  return z.NEVER;
});

export const messagesForm = z.array(messageForm).min(1);

/** An answer: messages, one message, or its text. */
export const answerForm = z.unknown().transform((value, context): ChatMessage[] => {
  if (typeof value === "string") return [{ role: "assistant", content: value }];
  const parsed = messagesForm.safeParse(isRecord(value) ? [value] : value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = isRecord(value) ? issue.path.slice(1) : issue.path;
    context.issues.push({ ...issue, path } as z.core.$ZodRawIssue);
  }
  return z.NEVER;
});
