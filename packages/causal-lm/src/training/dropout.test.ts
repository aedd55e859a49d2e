import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { tinyConfig } from "../__fixtures__/random-model.ts";
import { drawDropout } from "./dropout.ts";
import { layOut, type PromptRow } from "./layout.ts";

const own = (...ids: number[]) => ({ ids, mask: ids.map(() => 1) });
const first: PromptRow = { prompt: [5, 9, 14], completions: [own(7, 22), own(8, 30, 31)] };
const second: PromptRow = { prompt: Array(20).fill(3) as number[], completions: [own(1), own(...Array(30).fill(2))] };

/** The masks of some rows, by module, and where their tokens stand. */
function drawn(rows: readonly PromptRow[], probability = 0.25) {
  const layout = layOut(tinyConfig, rows);
  const randoms = rows.map((_, i) => createRandom(1).fork(i));
  const { seen } = drawDropout({ probability, randoms }, rows, layout);
  const { prompts, continuations } = layout;
  return {
    seen,
    prompt: (row: number) => row * prompts.tokens,
    completion: (i: number) => prompts.rows * prompts.tokens + i * continuations.tokens,
  };
}

/** Rows of a mask. */
const tokens = (data: ArrayLike<number>, width: number, [from, count]: readonly [number, number]): number[] =>
  Array.from(data).slice(from * width, (from + count) * width);

describe("drawDropout", () => {
  it("sees an entry with probability 1 − p, and none of the padding", () => {
    const { seen, completion } = drawn([first, second]);
    const { dtype, shape, data } = seen("m", 1000);
    expect([dtype, shape]).toEqual(["bool", [2 * 32 + 4 * 32, 1000]]);
    const counted = tokens(data, 1000, [completion(3), 30]);
    const share = counted.reduce((sum, entry) => sum + entry, 0) / counted.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / counted.length));
    expect(tokens(data, 1000, [completion(3) + 30, 2]).every((entry) => entry === 0)).toBe(true);
    const laid = 2 + 2 + 3 + 19 + 1 + 30; // the prompts without their last tokens
    const all = Array.from(data).filter((entry) => entry === 1).length;
    expect(Math.abs(all / (laid * 1000) - 0.75)).toBeLessThan(0.01);
  });

  it("says the probability as it is drawn", () => {
    const layout = layOut(tinyConfig, [first]);
    const drops = (probability: number) =>
      drawDropout({ probability, randoms: [createRandom(1)] }, [first], layout).probability;
    expect(drops(0.25)).toBe(0.25);
    expect(drops(0.05)).toBe(3277 / 65536);
    expect(drops(1 - 1e-9)).toBeLessThan(1); // something is always seen
  });

  it("draws a row's masks alike whatever stands beside it", () => {
    const [alone, beside] = [drawn([first]), drawn([first, second])];
    for (const width of [7, 8]) {
      const [one, two] = [alone.seen("m", width).data, beside.seen("m", width).data];
      expect(tokens(two, width, [beside.prompt(0), 2])).toEqual(tokens(one, width, [alone.prompt(0), 2]));
      expect(tokens(two, width, [beside.completion(1), 3])).toEqual(tokens(one, width, [alone.completion(1), 3]));
    }
  });

  it("draws other masks for other modules, rows and completions, and the same ones again", () => {
    const { seen, completion } = drawn([second, second]);
    const { data } = seen("m", 64);
    expect(seen("n", 64).data).not.toEqual(data);
    expect(seen("m", 64).data).toEqual(data);
    const of = (i: number) => tokens(data, 64, [completion(i), 1]);
    expect(of(1)).not.toEqual(of(0));
    expect(of(2)).not.toEqual(of(0));
  });
});
