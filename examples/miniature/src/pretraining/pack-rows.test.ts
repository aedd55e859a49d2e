import fc from "fast-check";
import { expect, test } from "vitest";
import { packRows } from "./pack-rows.ts";

function* forever(documents: readonly (readonly number[])[]): Generator<readonly number[], never> {
  for (let i = 0; ; i++) yield documents[i % documents.length] ?? [];
}

test("a row holds the first documents that fit, each predicting its own next token", () => {
  const documents = [
    [1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ];
  const batch = packRows(forever(documents), { rows: 1, length: 6 }).next().value;
  // Room for three tokens is left after the first document: the second, of four, waits, the third goes in.
  expect([...batch.ids]).toEqual([1, 2, 3, 8, 9, 0]);
  expect([...batch.documents]).toEqual([1, 1, 1, 2, 2, 0]);
  expect([...batch.targets]).toEqual([2, 3, 0, 9, 0, 0]);
  expect([...batch.weights]).toEqual([1, 1, 0, 1, 0, 0]);
});

test("every document stands whole and once, in batches as full as their length allows", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 30 }), (lengths) => {
      let token = 0;
      const sent: number[][] = [];
      const documents = (function* (): Generator<readonly number[], never> {
        for (let i = 0; ; i++) {
          const document = Array.from({ length: lengths[i % lengths.length] ?? 2 }, () => ++token);
          sent.push(document);
          yield document;
        }
      })();
      const batches = [...packRows(documents, { rows: 2, length: 10 }).take(3)];
      const packed = batches.flatMap((batch) =>
        [0, 1].flatMap((row) => {
          const cells = Array.from({ length: 10 }, (_, i) => row * 10 + i);
          const byDocument = Map.groupBy(cells, (cell) => batch.documents[cell] ?? 0);
          byDocument.delete(0);
          return [...byDocument.values()].map((group) => group.map((cell) => batch.ids[cell] ?? 0));
        }),
      );
      const known = new Set(sent.map((document) => document.join()));
      for (const document of packed) expect(known.delete(document.join())).toBe(true);
      // First fit leaves less than the shortest document that waits; of the first documents none is left behind for long.
      for (const { weights, targets, ids } of batches) {
        weights.forEach((weight, i) => expect(weight === 1 ? targets[i] : 0).toBe(weight === 1 ? ids[i + 1] : 0));
      }
    }),
  );
});

test("a document longer than a row is an error", () => {
  expect(() => packRows(forever([[1, 2, 3]]), { rows: 1, length: 2 }).next()).toThrow(/at most 2 tokens, got 3/);
});

test("the end of the documents is an error", () => {
  expect(() => packRows([[1, 2]].values(), { rows: 1, length: 2 }).next()).toThrow(/expected an endless stream/);
});
