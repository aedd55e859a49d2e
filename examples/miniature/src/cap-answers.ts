import type { Question } from "./question.ts";

/**
 * The first `count` questions of which no gold answer takes more than `share`.
 *
 * Uncapped, a model that answers "English" and "Africa" to everything would score 15 to 20 % on facts.
 * Throws a RangeError if the cap leaves too few.
 */
export function capAnswers(
  questions: Iterable<Question>,
  { count, share }: { readonly count: number; readonly share: number },
): Question[] {
  const limit = Math.floor(share * count);
  const taken = new Map<string, number>();
  const kept: Question[] = [];
  for (const question of questions) {
    if (kept.length === count) break;
    const before = taken.get(question.gold) ?? 0;
    if (before === limit) continue;
    taken.set(question.gold, before + 1);
    kept.push(question);
  }
  if (kept.length < count) {
    throw new RangeError(`capAnswers: expected ${count} questions, got ${kept.length} with at most ${limit} an answer`);
  }
  return kept;
}
