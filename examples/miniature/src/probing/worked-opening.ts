import type { SkillName } from "../question.ts";

/** The first words of a worked answer, read off the question alone: what a model is given to see how well it works things out. */
export function workedOpening(skill: SkillName, question: string): string {
  switch (skill) {
    case "facts":
      // The bridge's value, with which the chain begins.
      return / with (?:capital|domain|code)( .+)\?$/.exec(question)?.[1] ?? "";
    case "sums":
      return /\d/.exec(question)?.[0] ?? "";
    case "search":
      return "<search>";
  }
}

/** Whether an answer is a chain, shows steps or searches. */
export function isWorked(answer: string): boolean {
  return /<search>|\d=\d| is the /.test(answer);
}
