import { expect, it } from "vitest";
import { contentHash } from "./content-hash.ts";

it("is sha256 over lines of JSON", () => {
  // printf '{"a":[1,2],"b":null}\n"x"\n' | sha256sum
  expect(contentHash([{ a: [1, 2], b: null }, "x"])).toBe(
    "ec273b8cd8a160e10669187c35e4f63efc0eef3b44743b49dd3d961bd1f30a30",
  );
});

it("depends on values and their order, not on the order of keys at any depth", () => {
  expect(contentHash([{ a: 1, b: { c: 2, d: 3 } }])).toBe(contentHash([{ b: { d: 3, c: 2 }, a: 1 }]));
  expect(contentHash([1, 2])).not.toBe(contentHash([2, 1]));
  expect(contentHash(["a", "b"])).not.toBe(contentHash(["ab"]));
  expect(contentHash([[1, 2]])).not.toBe(contentHash([1, 2]));
});
