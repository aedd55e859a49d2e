import { expect, test } from "vitest";

import { chooseScale, describeChoice } from "./choose-scale.ts";

const trials = (averages: Record<string, number>) =>
  Object.entries(averages).map(([scale, average]) => ({ scale: Number(scale), skills: {}, average }));

test("the best average wins, and lies inside the grid or not", () => {
  const choice = chooseScale(trials({ "1.5": 0.64, "0.5": 0.63, "0.75": 0.67, "1": 0.66 }));
  expect(choice).toMatchObject({ scale: 0.75, inside: true });
  expect(choice.trials.map(({ scale }) => scale)).toEqual([0.5, 0.75, 1, 1.5]);
  expect(describeChoice(choice)).toBe("λ 0.75 of 0.5–1.5 on dev (67.0 %)");
});

test("of equals the smallest", () => {
  expect(chooseScale(trials({ "2": 0.7, "1": 0.7, "0.5": 0.1 })).scale).toBe(1);
});

test("an optimum at either edge is said to be one", () => {
  for (const averages of [{ "1": 0.9, "2": 0.1 }, { "1": 0.1, "2": 0.9 }, { "1": 0.5 }]) {
    // oxfmt-ignore
    const choice = chooseScale(trials(averages as Record<string, number>));
    expect(choice.inside).toBe(false);
    expect(describeChoice(choice)).toContain("edge of the grid");
  }
});
