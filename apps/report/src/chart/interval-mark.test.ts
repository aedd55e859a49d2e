import { expect, test } from "vitest";

import { histogram } from "./histogram.ts";
import { intervalMark } from "./interval-mark.ts";

test("a dot on its interval, beside the reference: 3 and 97 are the domain's ends", () => {
  const drawn = String(intervalMark({ value: 0.5, low: 0.25, high: 1, domain: [0, 1], reference: 0 }));
  expect(drawn).toContain('<line class="reference" x1="3.0" x2="3.0"');
  expect(drawn).toContain('<line class="span" x1="26.5" x2="97.0"');
  expect(drawn).toContain('<circle cx="50.0"');
  expect(drawn).toContain('aria-hidden="true"');
});

test("no reference, no line", () => {
  expect(String(intervalMark({ value: 1, low: 1, high: 1, domain: [0, 2], reference: null }))).not.toContain(
    "reference",
  );
});

test("a histogram's bars are as high as their counts; its text has them", () => {
  const drawn = String(histogram([1, 2, 0, 4], { id: "h", title: "by <similarity>" }));
  expect([...drawn.matchAll(/height="([\d.]+)"/g)].map(([, height]) => Number(height))).toEqual([9.5, 19, 0, 38]);
  expect(drawn).toContain('<desc id="h-d">0 to 0.25: 1, 0.25 to 0.5: 2, 0.5 to 0.75: 0, 0.75 to 1: 4.</desc>');
  expect(drawn).toContain("by &lt;similarity&gt;");
});

test("of no counts it is flat", () => {
  expect(String(histogram([0, 0], { id: "h", title: "t" }))).not.toContain("NaN");
});
