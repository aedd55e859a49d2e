import { z } from "zod";
import type { ChatMessage } from "./pair-tokenizer.ts";

const turns = /\n\n(Human|Assistant): ?/g;

/** A text in which Human and Assistant take turns, as messages; any other text as a user's. The opening of an answer at its end is none. */
function readTurns(prompt: string): ChatMessage[] {
  const found = [...prompt.matchAll(turns)];
  if (found[0]?.index !== 0) return [{ role: "user", content: prompt }];
  const messages = found.map((match, i): ChatMessage => {
    const content = prompt.slice(match.index + match[0].length, found[i + 1]?.index).trim();
    return { role: match[1] === "Human" ? "user" : "assistant", content };
  });
  return messages.at(-1)!.role === "assistant" && messages.at(-1)!.content === "" ? messages.slice(0, -1) : messages;
}

/** A prompt with answers of which each has a rank, 1 the best: the best one is chosen, the worst one rejected, the others are left out. */
export const rankedAnswers = z
  .object({
    prompt: z.string().min(1),
    answers: z.array(z.looseObject({ answer: z.string(), rank: z.coerce.number() })).min(2),
  })
  .transform(({ prompt, answers }, context) => {
    const sorted = answers.toSorted((a, b) => a.rank - b.rank);
    const [best, worst] = [sorted[0]!, sorted.at(-1)!];
    if (best.rank === worst.rank) {
      context.issues.push({
        code: "custom",
        message: "expected a best and a worst rank",
        input: best.rank,
        path: ["answers"],
      });
      return z.NEVER;
    }
    const side = ({ answer }: { readonly answer: string }): ChatMessage[] => [{ role: "assistant", content: answer }];
    return { prompt: readTurns(prompt), chosen: side(best), rejected: side(worst) };
  });
