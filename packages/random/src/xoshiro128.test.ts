import { expect, it } from "vitest";
import { nextWord, type State } from "./xoshiro128.ts";

it("gives the words of the authors' C code from state 1, 2, 3, 4", () => {
  const state: State = [1, 2, 3, 4];
  const words = Array.from({ length: 10 }, () => nextWord(state));
  // The vector that the rand_xoshiro crate checks its port with.
  expect(words).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});
