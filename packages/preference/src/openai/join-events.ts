import { z } from "zod";

const text = z.string().nullish();

/** A piece of an answer, as chat and completion streams send it. */
const chunk = z.object({
  choices: z
    .array(
      z.object({
        index: z.int().default(0),
        text,
        delta: z
          .object({
            content: text,
            reasoning_content: text,
            reasoning: text,
            tool_calls: z.array(z.unknown()).nullish(),
          })
          .optional(),
        finish_reason: text,
      }),
    )
    .default([]),
  usage: z.unknown().optional(),
});

interface Joined {
  index: number;
  text: string;
  reasoning: string;
  finish_reason: string | null;
  /** Pieces of calls, not put together: it is enough that there are some. */
  tool_calls: unknown[];
}

/** Whether a reply is a stream of server-sent events. */
export const isEventStream = (reply: string): boolean => /^\s*(?:data|event|id|retry|:)/.test(reply);

/** The data of each event (WHATWG HTML §9.2.6), those left out whose id was there before. */
function* dataOf(stream: string): Generator<string> {
  const seen = new Set<string>();
  for (const event of stream.split(/\r?\n\r?\n/)) {
    const fields = event.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
    const valuesOf = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2]!] : []));
    const id = valuesOf("id").at(-1);
    if (id !== undefined && seen.has(id)) continue;
    if (id !== undefined) seen.add(id);
    const data = valuesOf("data");
    if (data.length > 0) yield data.join("\n");
  }
}

function add(
  choices: Map<number, Joined>,
  { index, text, delta, finish_reason }: z.output<typeof chunk>["choices"][number],
) {
  const choice = choices.get(index) ?? { index, text: "", reasoning: "", finish_reason: null, tool_calls: [] };
  choices.set(index, choice);
  const said = delta?.content ?? text ?? "";
  const thought = delta?.reasoning_content ?? delta?.reasoning ?? "";
  if (choice.finish_reason !== null && said + thought !== "") return `text after the end of completion ${index}`;
  choice.text += said;
  choice.reasoning += thought;
  choice.tool_calls.push(...(delta?.tool_calls ?? []));
  choice.finish_reason ??= finish_reason ?? null;
  return undefined;
}

/**
 * A streamed reply put together to what the server would have sent at once, or what is wrong with it. A stream that does not end with `[DONE]` was cut
 * off. Nothing tells a chunk that came twice from two that are alike but an event's id, or text after the end.
 */
export function joinEvents(stream: string): { readonly response: unknown } | { readonly problem: string } {
  const choices = new Map<number, Joined>();
  let usage: unknown;
  let done = false;
  for (const data of dataOf(stream)) {
    if (done) continue;
    if (data.trim() === "[DONE]") {
      done = true;
      continue;
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return { problem: `expected JSON, got ${JSON.stringify(data.slice(0, 60))}` };
    }
    const parsed = chunk.safeParse(json);
    if (!parsed.success || (parsed.data.choices.length === 0 && parsed.data.usage == null))
      return { problem: `expected a piece of a completion, got ${data.slice(0, 120)}` };
    usage = parsed.data.usage ?? usage;
    const problem = parsed.data.choices.map((piece) => add(choices, piece)).find((one) => one !== undefined);
    if (problem !== undefined) return { problem: `expected a completion, got ${problem}` };
  }
  if (!done) return { problem: `expected a stream that ends with [DONE], got …${JSON.stringify(stream.slice(-60))}` };
  const whole = [...choices.values()].map(({ index, finish_reason, text: content, reasoning, tool_calls }) => ({
    index,
    finish_reason,
    message: { content, reasoning, tool_calls },
  }));
  return { response: { choices: whole, usage } };
}
