import type { Question } from "../question.ts";
import { observation } from "./passage.ts";
import type { Word } from "./words.ts";

/** Both questions about a word. The worked answer holds the environment's turn too, as a transcript would. */
export function searchQuestions(word: Word): Question[] {
  return (["kind", "group"] as const).map((field) => {
    const gold = word[field];
    return {
      id: `search-${word.name}-${field}`,
      entity: word.name,
      text: ` Which ${field} does ${word.name} belong to?`,
      gold,
      direct: `<answer> ${gold}</answer>`,
      worked: `<search> ${word.name}</search><information>${observation(word)}</information><answer> ${gold}</answer>`,
    };
  });
}
