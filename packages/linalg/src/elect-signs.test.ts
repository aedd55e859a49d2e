import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { electSigns, electWithin, type SignElection, type Voter } from "./elect-signs.ts";

/** The rule in words, one place at a time; each result is rounded to the arrays' type. */
function elected(voters: readonly Voter[], { by, even }: SignElection): number[] {
  const round = voters[0]!.values instanceof Float32Array ? Math.fround : (x: number): number => x;
  return Array.from(voters[0]!.values, (_, i) => {
    const heard = voters.map((one) => ({ ...one, x: Math.abs(one.values[i]!) >= one.least ? one.values[i]! : 0 }));
    let vote = 0;
    for (const { x, voter } of heard) vote = round(vote + (by === "sum" ? round(voter * x) : Math.sign(voter * x)));
    const sign = Math.sign(vote) || even;
    const agreeing = heard.filter(({ x, voter }) => Math.sign(round(voter * x)) === sign);
    const sum = agreeing.reduce((total, { x, weight }) => round(total + round(weight * x)), 0);
    const share = agreeing.reduce((total, one) => total + one.share, 0);
    return share === 0 ? sum : round(sum / share);
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
  const shape = fc.record({
    length: fc.integer({ min: 1, max: 9 }),
    Type: fc.constantFrom(Float64Array, Float32Array),
  });
  const voters = shape.chain(({ length, Type }) =>
    fc.array(
      fc.record({
        values: fc.array(value, { minLength: length, maxLength: length }).map((all) => Type.from(all)),
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
        const Type = all[0]!.values instanceof Float32Array ? Float32Array : Float64Array;
        const { values, above, within } = electWithin(bounded, settings[0]!, new Type(20).fill(7));
        expect(values).toEqual(electSigns(all, settings[0]!));
        expect(above).toEqual(bounded.map((one) => one.values.filter((value) => Math.abs(value) >= one.until).length));
        const lanes = 16 / Type.BYTES_PER_ELEMENT;
        expect(within).toHaveLength(Math.ceil(values.length / lanes));
        for (let place = 0; place < values.length; place++) {
          const isWithin = bounded.some(({ values: own, from, until }) => {
            const size = Math.abs(own[place]!);
            return size >= from && size < until;
          });
          expect((within[Math.floor(place / lanes)]! >> (place % lanes)) & 1).toBe(isWithin ? 1 : 0);
        }
      }),
    );
  });

  it.each([Float64Array, Float32Array])("takes more places than fit at once: %o", (Type) => {
    const values = Type.from(Array.from({ length: 20_001 }, (_, i) => Math.sin(i)));
    const one: Voter = { values, least: 0.5, voter: 1, weight: 2, share: 0 };
    expect(electSigns([one], { by: "sum", even: 1 })).toEqual(values.map((x) => (Math.abs(x) >= 0.5 ? 2 * x : 0)));
    const { above } = electWithin([{ ...one, from: 0.25, until: 0.5 }], { by: "sum", even: 1 });
    expect(above).toEqual([values.filter((x) => Math.abs(x) >= 0.5).length]);
  });

  it("refuses arrays of different lengths or types, and none", () => {
    const one: Voter = { values: new Float64Array(2), least: 0, voter: 1, weight: 1, share: 1 };
    const others = [new Float64Array(3), new Float32Array(2)].map((values) => ({ ...one, values }));
    for (const all of [[], ...others.map((other) => [one, other])])
      expect(() => electSigns(all, settings[0]!)).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});
