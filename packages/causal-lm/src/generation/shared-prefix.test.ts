import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedLength } from "./shared-prefix.ts";

const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("sharedLength", () => {
  it.each([
    ["tokens that all prompts begin with", [count(0, 50), [...count(0, 40), 99], count(0, 60)], 40],
    ["all but one, where a prompt is the beginning of the others", [count(0, 50), count(0, 50), count(0, 70)], 49],
    ["nothing of one prompt", [count(0, 50)], 0],
    ["nothing of few tokens", [count(0, 31), [...count(0, 31), 7]], 0],
    ["nothing of no prompts", [], 0],
  ])("finds %s", (_, prompts, expected) => expect(sharedLength(prompts)).toBe(expected));

  it("is a common beginning that leaves every prompt a token", () => {
    const prompts = fc.array(fc.array(fc.nat(1), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(prompts, (ends) => {
        const all = ends.map((end) => [...count(0, 32), ...end]);
        const length = sharedLength(all);
        expect(new Set(all.map((prompt) => prompt.slice(0, length).join())).size).toBe(1);
        expect(all.every((prompt) => prompt.length > length)).toBe(true);
        if (all.length > 1) expect(length).toBeGreaterThanOrEqual(32);
      }),
    );
  });
});
