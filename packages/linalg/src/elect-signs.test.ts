import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { electSigns, electWithin, type SignElection, type Voter } from "./elect-signs.ts";

/** The rule in words, one place at a time. */
function elected(voters: readonly Voter[], { by, even }: SignElection): number[] {
  return Array.from(voters[0]!.values, (_, i) => {
    const heard = voters.map((one) => ({ ...one, x: Math.abs(one.values[i]!) >= one.least ? one.values[i]! : 0 }));
    let vote = 0;
    for (const { x, voter } of heard) vote += by === "sum" ? voter * x : Math.sign(voter * x);
    const sign = Math.sign(vote) || even;
    const agreeing = heard.filter(({ x, voter }) => Math.sign(voter * x) === sign);
    const sum = agreeing.reduce((total, { x, weight }) => total + weight * x, 0);
    const share = agreeing.reduce((total, one) => total + one.share, 0);
    return share === 0 ? sum : sum / share;
  });
}

const settings: SignElection[] = [
  { by: "sum", even: 1 },
  { by: "sum", even: -1 },
  { by: "signs", even: 1 },
  { by: "signs", even: -1 },
];

describe("electSigns", () => {
  it("elects, joins and divides, by hand", () => {
    const voter = { least: 0, voter: 1, weight: 1, share: 1 };
    const voters = [
      { ...voter, values: Float64Array.of(3, 1, 0, 2, 0.5) },
      { ...voter, values: Float64Array.of(-1, -1, -4, 4, 0.25), weight: 2, least: 0.5 },
    ];
    expect([...electSigns(voters, { by: "sum", even: 1 })]).toEqual([3, 1, -8, 5, 0.5]);
    expect([...electSigns(voters, { by: "signs", even: -1 })]).toEqual([-2, -2, -8, 5, 0.5]);
  });

  const value = fc.oneof(fc.constantFrom(0, -0, 1, -1, 2), fc.double({ noNaN: true, min: -4, max: 4 }));
  const factor = fc.constantFrom(1, -1, 0, 0.5, -2);
  const voters = fc.integer({ min: 1, max: 9 }).chain((length) =>
    fc.array(
      fc.record({
        values: fc.array(value, { minLength: length, maxLength: length }).map((all) => Float64Array.from(all)),
        least: fc.constantFrom(0, 1, 1.5, Infinity),
        voter: factor,
        weight: factor,
        share: factor,
      }),
      { minLength: 1, maxLength: 5 },
    ),
  );

  it.each(settings)("is the rule, bit for bit: %j", (setting) => {
    fc.assert(
      fc.property(voters, (all) => {
        const found = [...electSigns(all, setting)].map((x) => x + 0); // −0 is 0
        expect(found).toEqual(elected(all, setting).map((x) => x + 0));
      }),
    );
  });

  it("counts what is above the bounds, and notes what is within", () => {
    const bounds = fc.tuple(fc.constantFrom(0.5, 1, 3), fc.constantFrom(1, 2, Infinity));
    fc.assert(
      fc.property(voters, fc.array(bounds, { minLength: 5, maxLength: 5 }), (all, given) => {
        const bounded = all.map((one, i) => ({ ...one, from: given[i]![0], until: given[i]![1] }));
        const { values, above, within } = electWithin(bounded, settings[0]!, new Float64Array(20).fill(7));
        expect(values).toEqual(electSigns(all, settings[0]!));
        expect(above).toEqual(bounded.map((one) => one.values.filter((value) => Math.abs(value) >= one.until).length));
        for (const [pair, noted] of within.entries()) {
          const isWithin = bounded.some(({ values: own, from, until }) =>
            own.subarray(2 * pair, 2 * pair + 2).some((value) => Math.abs(value) >= from && Math.abs(value) < until),
          );
          expect(noted !== 0).toBe(isWithin);
        }
      }),
    );
  });

  it("takes more places than fit at once", () => {
    const values = Float64Array.from({ length: 20_001 }, (_, i) => Math.sin(i));
    const one: Voter = { values, least: 0.5, voter: 1, weight: 2, share: 0 };
    const found = electSigns([one], { by: "sum", even: 1 });
    expect(found).toEqual(values.map((x) => (Math.abs(x) >= 0.5 ? 2 * x : 0)));
  });

  it("refuses arrays of different lengths, and none", () => {
    const one: Voter = { values: new Float64Array(2), least: 0, voter: 1, weight: 1, share: 1 };
    const other = { ...one, values: new Float64Array(3) };
    for (const all of [[], [one, other]])
      expect(() => electSigns(all, settings[0]!)).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});
