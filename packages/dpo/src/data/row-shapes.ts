import { z } from "zod";
import type { ChatMessage } from "./pair-tokenizer.ts";
import type { TrainingPair } from "./training-pair.ts";

type Words = Omit<TrainingPair, "prompt_id">;
type Row = Readonly<Record<string, unknown>>;

interface RowShape {
  /** Whether a row is meant to have this shape; what is wrong with it then is said by `parse`. */
  readonly is: (row: Row) => boolean;
  readonly parse: z.ZodType<Words>;
}

const text = z.string();
/** OpenAI's and TRL's message. A call's arguments may be an object, as templates want them, or its JSON. */
const message: z.ZodType<ChatMessage> = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: text,
  tool_calls: z
    .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: text }) }))
    .optional(),
  tool_call_id: text.optional(),
  name: text.optional(),
});
const messages = z.array(message).min(1);
const user = (content: string): ChatMessage => ({ role: "user", content });
const answer = (content: string): ChatMessage[] => [{ role: "assistant", content }];
const system = (content: string | null | undefined): ChatMessage[] => (content ? [{ role: "system", content }] : []);

/** The first index at which two sequences differ. */
function firstDifference<T>(a: ArrayLike<T>, b: ArrayLike<T>, isEqual: (a: T, b: T) => boolean): number {
  let at = 0;
  while (at < Math.min(a.length, b.length) && isEqual(a[at]!, b[at]!)) at++;
  return at;
}

const isSameMessage = (a: ChatMessage, b: ChatMessage): boolean => a.role === b.role && a.content === b.content;

/** What both conversations begin with is the prompt; of equal ones, all but the last message. As TRL's extract_prompt. */
function sharedMessages(chosen: ChatMessage[], rejected: ChatMessage[]): Words {
  const shortest = Math.min(chosen.length, rejected.length);
  const at = Math.min(firstDifference(chosen, rejected, isSameMessage), shortest - 1);
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}

/** The same for texts: a blank at the border belongs to the answers. */
function sharedText(chosen: string, rejected: string): Words {
  const difference = firstDifference(chosen, rejected, (a, b) => a === b);
  const at = chosen[difference - 1] === " " ? difference - 1 : difference;
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}

const speakers = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  system: "system",
  observation: "tool",
  tool: "tool",
} as const satisfies Record<string, ChatMessage["role"]>;

const turn = z
  .object({ from: z.enum(Object.keys(speakers) as (keyof typeof speakers)[]), value: text })
  .transform(({ from, value }): ChatMessage => ({ role: speakers[from], content: value }));

const optionalText = text.nullish();
const isText = (value: unknown): value is string => typeof value === "string";

/** Rows as data sets have them; the first that a row is meant to be counts. */
export const rowShapes = {
  /** LLaMA-Factory's sharegpt ranking: conversations, then one turn a side. */
  sharegpt: {
    is: (row) => "conversations" in row,
    parse: z
      .object({ conversations: z.array(turn).min(1), chosen: turn, rejected: turn, system: optionalText })
      .transform(({ conversations, chosen, rejected, system: words }) => ({
        prompt: [...system(words), ...conversations],
        chosen: [chosen],
        rejected: [rejected],
      })),
  },
  /** Argilla's ranking, as axolotl reads it. */
  argilla: {
    is: (row) => "chosen_response" in row,
    parse: z
      .object({ instruction: text, chosen_response: text, rejected_response: text, system: optionalText })
      .transform(({ instruction, chosen_response, rejected_response, ...row }) => ({
        prompt: [...system(row.system), user(instruction)],
        chosen: answer(chosen_response),
        rejected: answer(rejected_response),
      })),
  },
  /** LLaMA-Factory's alpaca ranking: an instruction, further input, and earlier turns of question and answer. */
  alpaca: {
    is: (row) => "instruction" in row,
    parse: z
      .object({
        instruction: text,
        input: optionalText,
        system: optionalText,
        history: z.array(z.tuple([text, text])).nullish(),
        chosen: text,
        rejected: text,
      })
      .transform(({ instruction, input, history, chosen, rejected, ...row }) => ({
        prompt: [
          ...system(row.system),
          ...(history ?? []).flatMap(([question, reply]) => [user(question), ...answer(reply)]),
          user(input ? `${instruction}\n${input}` : instruction),
        ],
        chosen: answer(chosen),
        rejected: answer(rejected),
      })),
  },
  /** Intel's orca pairs: a question and a system text. */
  intel: {
    is: (row) => "question" in row && !("prompt" in row),
    parse: z
      .object({ question: text, system: optionalText, chosen: text, rejected: text })
      .transform(({ question, chosen, rejected, ...row }) => ({
        prompt: [...system(row.system), user(question)],
        chosen: answer(chosen),
        rejected: answer(rejected),
      })),
  },
  /** TRL's conversational form with an explicit prompt: what we write. */
  conversation: {
    is: (row) => Array.isArray(row["prompt"]),
    parse: z.object({ prompt: messages, chosen: messages, rejected: messages }),
  },
  /** TRL's texts. */
  text: {
    is: (row) => isText(row["prompt"]) && isText(row["chosen"]),
    parse: z.object({ prompt: text.min(1), chosen: text, rejected: text }),
  },
  /** Texts that hold the prompt. */
  textWithin: {
    is: (row) => isText(row["chosen"]),
    parse: z.object({ chosen: text, rejected: text }).transform(({ chosen, rejected }) => sharedText(chosen, rejected)),
  },
  /** Conversations that hold the prompt; a text beside them, as UltraFeedback's rows have it, says the same again. */
  conversationWithin: {
    is: () => true,
    parse: z
      .object({ chosen: messages, rejected: messages })
      .transform(({ chosen, rejected }) => sharedMessages(chosen, rejected)),
  },
} as const satisfies Record<string, RowShape>;
