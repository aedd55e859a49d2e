import { expect, test } from "vitest";
import { heldOutQuestions, loadDataset } from "../dataset.ts";
import { skillNames } from "../question.ts";
import type { Item } from "./score-answers.ts";
import { scoreAnswers } from "./score-answers.ts";
import { workedOpening } from "./worked-opening.ts";

const item = (answer: string): Item => ({ id: "", prompt: [], answers: [answer] });

test("the last answer counts, trimmed, and must be whole", () => {
  const transcripts = [
    "=<answer>7</answer>",
    "<answer> 8</answer> no, <answer> 7 </answer><|end|>",
    "<answer>7</answer> no, <answer>8</answer>",
    "<answer>7",
    "",
  ];
  const items = transcripts.map(() => item("7"));
  expect(scoreAnswers(items, transcripts)).toEqual({ accuracy: 0.4, worked: 0 });
});

test("every skill's worked answer is seen as such, its direct answer is not, and its opening is the answer's own", () => {
  const heldOut = heldOutQuestions(loadDataset());
  for (const skill of skillNames) {
    const questions = heldOut[skill].dev;
    const items = questions.map(({ gold }) => item(gold));
    const score = (mode: "worked" | "direct") =>
      scoreAnswers(
        items,
        questions.map((question) => question[mode]),
      );
    expect(score("worked")).toEqual({ accuracy: 1, worked: 1 });
    expect(score("direct")).toEqual({ accuracy: 1, worked: 0 });
    for (const { text, worked, direct } of questions) {
      const opening = workedOpening(skill, text);
      expect(opening).not.toBe("");
      expect(worked.startsWith(opening)).toBe(true);
      expect(direct.startsWith(opening)).toBe(false);
    }
  }
});
