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
const pairs = [pair("one", "1", "22"), pair("two", "3 3", "2"), pair("open", "5\n 5 5", " 66666")];

it("measures both sides", () => {
  expect(pairStatistics(pairs)).toEqual({
    pairs: 3,
    judged: 0,
    chosen: { meanCharacters: 10 / 3, meanWords: 2, shareCorrect: null },
    rejected: { meanCharacters: 3, meanWords: 1, shareCorrect: null },
  });
});

it("judges the answers that are known, and only those", () => {
  const gold: Record<string, string> = { one: "1", two: "2" };
  const isCorrect = (id: string, text: string) => (gold[id] === undefined ? null : gold[id] === text);
  const { judged, chosen, rejected } = pairStatistics(pairs, { isCorrect });
  expect([judged, chosen.shareCorrect, rejected.shareCorrect]).toEqual([2, 0.5, 0.5]);
});

it("counts the share of both sides on the same pairs", () => {
  const isCorrect = (id: string, text: string) => (id === "two" && text === "2" ? null : true);
  const { judged, chosen, rejected } = pairStatistics(pairs.slice(0, 2), { isCorrect });
  expect([judged, chosen.shareCorrect, rejected.shareCorrect]).toEqual([1, 1, 1]);
  const unsure = (_: string, text: string) => (text === "1" ? null : text === "3 3");
  expect(pairStatistics(pairs.slice(0, 2), { isCorrect: unsure }).rejected.shareCorrect).toBe(0);
  expect(pairStatistics(pairs.slice(0, 1), { isCorrect: unsure }).rejected.shareCorrect).toBeNull();
});

it("has no means without pairs", () => {
  const none = { meanCharacters: null, meanWords: null, shareCorrect: null };
  expect(pairStatistics([])).toEqual({ pairs: 0, judged: 0, chosen: none, rejected: none });
});
