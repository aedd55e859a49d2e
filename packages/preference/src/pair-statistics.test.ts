import { expect, it } from "vitest";
import type { Pair } from "./pair.ts";
import { pairStatistics } from "./pair-statistics.ts";

const pair = (prompt_id: string, chosen: string, rejected: string): Pair => ({
  prompt: [{ role: "user", content: "?" }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  prompt_id,
  chosen_model: "a",
  rejected_model: "b",
});
const pairs = [pair("one", "1", "22"), pair("two", "333", "2"), pair("open", "55555", "666666")];

it("measures both sides", () => {
  expect(pairStatistics(pairs)).toEqual({
    pairs: 3,
    judged: 0,
    chosen: { meanCharacters: 3, shareCorrect: null },
    rejected: { meanCharacters: 3, shareCorrect: null },
  });
});

it("judges the answers that are known, and only those", () => {
  const gold: Record<string, string> = { one: "1", two: "2" };
  const isCorrect = (id: string, text: string) => (gold[id] === undefined ? null : gold[id] === text);
  const { judged, chosen, rejected } = pairStatistics(pairs, { isCorrect });
  expect([judged, chosen.shareCorrect, rejected.shareCorrect]).toEqual([2, 0.5, 0.5]);
});

it("has no means without pairs", () => {
  const none = { meanCharacters: null, shareCorrect: null };
  expect(pairStatistics([])).toEqual({ pairs: 0, judged: 0, chosen: none, rejected: none });
});
