import { expect, test } from "vitest";
import { createRetriever } from "./retriever.ts";

const retrieve = createRetriever(
  new Map(["beagle", "eagle", "bugle", "hound"].map((title) => [title, `about ${title}`])),
);

test("a title finds its own passage, in any case and with blanks around", () => {
  expect(retrieve("eagle")).toBe("about eagle");
  expect(retrieve(" Beagle ")).toBe("about beagle");
});

test("another query finds the title with most trigrams in common", () => {
  // "  hounds " has 8 trigrams, "  hound " 6, 5 of them shared: no other title shares any.
  expect(retrieve("hounds")).toBe("about hound");
  // "  beagl ": shares "  b", " be", "bea", "eag", "agl" with beagle (5 of 9), less with the others.
  expect(retrieve("beagl")).toBe("about beagle");
});

test("of equally similar titles the first is taken, even if nothing is shared", () => {
  expect(retrieve("xyz")).toBe("about beagle");
});

test("no passages are an error", () => {
  expect(() => createRetriever(new Map())("query")).toThrow(RangeError);
});
