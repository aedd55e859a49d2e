import * as fc from "fast-check";
import { expect, it } from "vitest";
import { setAside } from "./set-aside.ts";

/** Which of the places of a group, two of float64 or four of float32, a bit stands for. */
const notedAt = (places: readonly number[], { length, lanes }: { length: number; lanes: number }): Uint8Array => {
  const noted = new Uint8Array(Math.ceil(length / lanes));
  for (const place of places) noted[Math.floor(place / lanes)]! |= 1 << (place % lanes);
  return noted;
};

it("gives each place that is noted, in order, with what every matrix has there, however many were expected", () => {
  const block = fc
    .integer({ min: 1, max: 40 })
    .chain((length) => fc.record({ length: fc.constant(length), places: fc.uniqueArray(fc.nat(length - 1)) }));
  const types = fc.constantFrom(Float64Array, Float32Array);
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), types, fc.nat(9), (blocks, Type, expected) => {
      const aside = setAside(expected);
      const wanted: { place: number; values: [number, number] }[] = [];
      let first = 0;
      for (const { length, places } of blocks) {
        const [one, two] = [0.5, -2].map((factor) => Type.from(Array.from({ length }, (_, i) => factor * (first + i))));
        aside.put([one!, two!], notedAt(places, { length, lanes: 16 / Type.BYTES_PER_ELEMENT }), first);
        for (const place of places.toSorted((a, b) => a - b))
          wanted.push({ place: first + place, values: [one![place]!, two![place]!] });
        first += length;
      }
      const { places, values } = aside.read();
      expect([...places]).toEqual(wanted.map(({ place }) => place));
      for (const i of [0, 1]) expect(values[i]).toEqual(Type.from(wanted.map(({ values: own }) => own[i]!)));
    }),
  );
});

it("does not look beyond the block where its last group is not full", () => {
  const aside = setAside(1);
  aside.put([Float32Array.of(1, 2, 3, 4, 5)], Uint8Array.of(0, 0b1111), 10);
  expect(aside.read()).toEqual({ places: Float64Array.of(14), values: [Float32Array.of(5)] });
});
