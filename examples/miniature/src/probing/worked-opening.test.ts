import { expect, test } from "vitest";
import { heldOutQuestions, loadDataset } from "../dataset.ts";
import { skillNames } from "../question.ts";
import { isWorked, workedOpening } from "./worked-opening.ts";

const heldOut = heldOutQuestions(loadDataset());

test.each(skillNames)(
  "%s: a worked answer is seen as such and begins with its opening; a direct one does neither",
  (skill) => {
    for (const { text, worked, direct } of heldOut[skill].dev) {
      const opening = workedOpening(skill, text);
      expect(opening).not.toBe("");
      expect(worked.startsWith(opening)).toBe(true);
      expect(direct.startsWith(opening)).toBe(false);
      expect([isWorked(worked), isWorked(direct)]).toEqual([true, false]);
    }
  },
);
