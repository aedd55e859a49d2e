import type { Item } from "../item.ts";
import type { DroppedPrompt, SiftedPrompts } from "./dropped-prompt.ts";
import { plainText, promptText } from "./prompt-text.ts";

/** Words of a stretch that is no coincidence. */
const gramLength = 13;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function* gramsOf(words: readonly string[]): Generator<string> {
  for (let start = 0; start + gramLength <= words.length; start++)
    yield words.slice(start, start + gramLength).join(" ");
}

/**
 * Leaves out prompts that an evaluation would ask for: those that share 13 words in a row, in lower case and without punctuation, with an evaluation
 * item (Brown et al. 2020, GPT-3, appendix C). Unlike there, the whole prompt goes, not the stretch; and an evaluation item of fewer than 13 words
 * counts only as a whole: shorter stretches are shared by chance. Memory: every stretch of the evaluation items.
 */
export function decontaminatePrompts(items: Iterable<Item>, evaluation: Iterable<Item>): SiftedPrompts {
  const grams = new Map<string, string>();
  const whole = new Map<string, string>();
  for (const { id, prompt } of evaluation) {
    // Turn by turn: a system prompt that all items share would join two questions otherwise.
    for (const { content } of prompt.filter(({ role }) => role !== "system"))
      for (const gram of gramsOf(wordsOf(content))) if (!grams.has(gram)) grams.set(gram, id);
    const text = plainText(promptText(prompt.filter(({ role }) => role !== "system")));
    if (!whole.has(text)) whole.set(text, id);
  }

  const kept: Item[] = [];
  const dropped: DroppedPrompt[] = [];
  for (const item of items) {
    const turns = item.prompt.filter(({ role }) => role !== "system");
    const text = plainText(promptText(turns));
    const same = whole.get(text);
    const shared =
      same === undefined
        ? turns.flatMap(({ content }) => [...gramsOf(wordsOf(content))]).find((gram) => grams.has(gram))
        : text;
    if (shared === undefined) kept.push(item);
    else dropped.push({ id: item.id, reason: "contaminated", of: same ?? grams.get(shared)!, shared });
  }
  return { kept, dropped };
}
