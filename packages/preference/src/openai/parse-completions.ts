import { z } from "zod";
import type { Completion } from "../completion.ts";
import { isEventStream, joinEvents } from "./join-events.ts";

// Foreign rows: only what is read, and loosely. vLLM has called the reasoning both names.
const response = z.object({
  choices: z
    .array(
      z.object({
        index: z.int().optional(),
        text: z.string().optional(),
        message: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(z.unknown()).nullish(),
          })
          .optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullish(),
});

type Choice = z.output<typeof response>["choices"][number];

const textOf = ({ text, message }: Choice): string | undefined =>
  message === undefined ? text : (message.content ?? "");

function parseReply(reply: string): { readonly response: unknown } | { readonly problem: string } {
  if (isEventStream(reply)) return joinEvents(reply);
  try {
    return { response: JSON.parse(reply) as unknown };
  } catch {
    return { problem: `expected JSON, got ${JSON.stringify(reply.slice(0, 60))}` };
  }
}

/** `lasting`: the next reply would be no better. */
type ParsedCompletions =
  | { readonly completions: readonly Completion[] }
  | { readonly problem: string; readonly lasting?: true };

/** The answers in a server's reply, streamed or not, in the order of their indices; or what is wrong with it. */
export function parseCompletions(reply: string, n: number): ParsedCompletions {
  const read = parseReply(reply);
  if ("problem" in read) return read;
  const parsed = response.safeParse(read.response);
  if (!parsed.success) return { problem: `expected completions, got ${reply.slice(0, 120)}` };
  const { choices, usage } = parsed.data;
  if (choices.length !== n) return { problem: `expected ${n} completions, got ${choices.length}` };
  const inOrder = choices.map((choice, i) => ({ choice, at: choice.index ?? i })).toSorted((a, b) => a.at - b.at);
  if (inOrder.some(({ at }, i) => at !== i))
    return { problem: `expected indices 0 to ${n - 1}, got ${inOrder.map(({ at }) => at).join(", ")}` };
  const completions: Completion[] = [];
  for (const { choice } of inOrder) {
    if (choice.message?.tool_calls?.length)
      return {
        problem:
          "a call that the server took out of the text; serve without a parser of tool calls, or set tool_choice: none",
        lasting: true,
      };
    const text = textOf(choice);
    if (text === undefined || choice.finish_reason == null)
      return { problem: `expected a text and a finish_reason, got ${JSON.stringify(choice).slice(0, 120)}` };
    const reasoning = choice.message?.reasoning_content ?? choice.message?.reasoning ?? "";
    completions.push({
      text,
      ...(reasoning === "" ? {} : { reasoning }),
      finish: choice.finish_reason,
      ...(usage ? { usage: { prompt: usage.prompt_tokens, completion: usage.completion_tokens } } : {}),
    });
  }
  return { completions };
}
