import { z } from "zod";
import { answerForm, messageForm, messagesForm } from "./message-forms.ts";
import { rankedAnswers } from "./ranked-answers.ts";
import type { ChatMessage } from "./pair-tokenizer.ts";
import { sharedMessages, sharedText } from "./shared-beginning.ts";
import type { TrainingPair } from "./training-pair.ts";

type Words = Omit<TrainingPair, "prompt_id">;
type Row = Readonly<Record<string, unknown>>;

export interface RowShape {
  /** Whether a row is meant to have this shape; what is wrong with it then is said by `parse`. */
  readonly is: (row: Row) => boolean;
  readonly parse: z.ZodType<Words>;
  /** Columns whose words the pair has in another form. */
  readonly rewrites?: readonly string[];
}

const text = z.string();
const optionalText = text.nullish();
const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

/** A prompt that begins with the row's system text, unless it has a system message of its own. */
function withSystem(words: string | null | undefined, prompt: readonly ChatMessage[]): readonly ChatMessage[] {
  return words && prompt[0]?.role !== "system" ? [{ role: "system", content: words }, ...prompt] : prompt;
}

/** A question by one name or another, with a text a side. */
const questionUnder = (name: string) =>
  z
    .looseObject({ [name]: text, chosen: text, rejected: text, system: optionalText })
    .transform(({ chosen, rejected, ...row }) => ({
      prompt: withSystem(row["system"] as string | undefined, [user(row[name] as string)]),
      chosen: [assistant(chosen as string)],
      rejected: [assistant(rejected as string)],
    }));

/** Conversations that go on from a list of messages. */
const conversationUnder = (name: string) =>
  z
    .looseObject({ [name]: messagesForm, chosen: answerForm, rejected: answerForm, system: optionalText })
    .transform(({ chosen, rejected, ...row }) => ({
      prompt: withSystem(row["system"] as string | undefined, row[name] as ChatMessage[]),
      chosen: chosen as ChatMessage[],
      rejected: rejected as ChatMessage[],
    }));

const isText = (value: unknown): value is string => typeof value === "string";
const isList = Array.isArray;

/** Rows as data sets have them; the first that a row is meant to be counts. */
export const rowShapes = {
  /** TRL's conversational form with an explicit prompt: what we write. */
  conversation: { is: (row) => isList(row["prompt"]), parse: conversationUnder("prompt") },
  /** LLaMA-Factory's sharegpt ranking: conversations, then one turn a side. */
  sharegpt: {
    is: (row) => "conversations" in row && !isList(row["chosen"]),
    parse: z
      .object({
        conversations: messagesForm,
        chosen: messageForm,
        rejected: messageForm,
        system: optionalText,
      })
      .transform(({ conversations, chosen, rejected, system }) => ({
        prompt: withSystem(system, conversations),
        chosen: [chosen],
        rejected: [rejected],
      })),
    // Calls of tools are parsed.
    rewrites: ["conversations"],
  },
  /** axolotl's chat_template.default: messages, then one message a side. */
  messages: { is: (row) => "messages" in row && !isList(row["chosen"]), parse: conversationUnder("messages") },
  /** Argilla's ranking, as axolotl reads it. */
  argilla: {
    is: (row) => "chosen_response" in row,
    parse: z
      .object({ instruction: text, chosen_response: text, rejected_response: text, system: optionalText })
      .transform(({ instruction, chosen_response, rejected_response, system }) => ({
        prompt: withSystem(system, [user(instruction)]),
        chosen: [assistant(chosen_response)],
        rejected: [assistant(rejected_response)],
      })),
  },
  /** LLaMA-Factory's alpaca ranking: an instruction, further input, and earlier turns of question and answer. */
  alpaca: {
    is: (row) => "instruction" in row && !isList(row["chosen"]),
    parse: z
      .object({
        instruction: text,
        input: optionalText,
        system: optionalText,
        history: z.array(z.tuple([text, text])).nullish(),
        chosen: text,
        rejected: text,
      })
      .transform(({ instruction, input, history, chosen, rejected, system }) => ({
        prompt: withSystem(system, [
          ...(history ?? []).flatMap(([question, reply]) => [user(question), assistant(reply)]),
          user(input ? `${instruction}\n${input}` : instruction),
        ]),
        chosen: [assistant(chosen)],
        rejected: [assistant(rejected)],
      })),
  },
  /** Nectar's: several answers with ranks, of which the best and the worst are taken. */
  nectar: { is: (row) => "answers" in row && !("chosen" in row), parse: rankedAnswers, rewrites: ["prompt"] },
  /** Intel's orca pairs: a question. */
  intel: { is: (row) => "question" in row && !("prompt" in row), parse: questionUnder("question") },
  /** axolotl's icr, distilabel's orca pairs: the question is an input. */
  input: {
    is: (row) => "input" in row && !("prompt" in row) && isText(row["chosen"]),
    parse: questionUnder("input"),
  },
  /** axolotl's prompt_pairs: a system text, if only an empty one, says that the prompt is a user's message. */
  promptPair: {
    is: (row) => isText(row["prompt"]) && isText(row["chosen"]) && isText(row["system"]),
    parse: questionUnder("prompt"),
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
  /** Conversations that hold the prompt, or answers to a prompt that is a text beside them. */
  conversationWithin: {
    is: () => true,
    parse: z
      .object({ chosen: answerForm, rejected: answerForm, prompt: optionalText, system: optionalText })
      .transform(({ chosen, rejected, prompt, system }) => {
        const isAnswer = chosen[0]!.role === "assistant" && rejected[0]!.role === "assistant";
        if (prompt && isAnswer) return { prompt: withSystem(system, [user(prompt)]), chosen, rejected };
        const words = sharedMessages(chosen, rejected);
        return words.prompt.length === 0 ? words : { ...words, prompt: withSystem(system, words.prompt) };
      }),
  },
} as const satisfies Record<string, RowShape>;
