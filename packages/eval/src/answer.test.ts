import { describe, expect, it } from "vitest";
import { extractAnswer, isExactMatch } from "./answer.ts";

describe("extractAnswer", () => {
  it.each([
    ["So<answer> Euro</answer>", "Euro"],
    ["<answer>a</answer> no: <answer>b</answer>", "b"],
    ["<answer>two\nlines </answer>", "two\nlines"],
    ["<answer></answer>", ""],
    ["<answer>never closed", null],
    ["<answer>a, no: <answer> b</answer>", "b"],
    ["<answer>a</answer> b</answer>", "a"],
    ["</answer><answer>", null],
    ["nothing", null],
  ])("%j → %j", (text, answer) => expect(extractAnswer(text)).toBe(answer));
});

describe("isExactMatch", () => {
  it("accepts any of the answers, blanks apart", () => {
    expect(isExactMatch("b", ["a", " b "])).toBe(true);
    expect(isExactMatch("B", ["a", "b"])).toBe(false);
    expect(isExactMatch(null, ["null"])).toBe(false);
  });

  it("compares what both sides are normalised to", () => {
    const normalise = (text: string) => text.trim().toLowerCase();
    expect(isExactMatch(" the Euro", ["The euro "], { normalise })).toBe(true);
    expect(isExactMatch("the Euro", ["euro"], { normalise })).toBe(false);
    expect(isExactMatch(null, [""], { normalise: () => "" })).toBe(false);
  });
});
