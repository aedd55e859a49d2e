import { expect, test } from "vitest";

import { lineChart } from "./line-chart.ts";
import type { LineChart } from "./line-chart.ts";
import type { Point, Series } from "./series.ts";

const points = (...values: (number | null)[]): Point[] => values.map((y, i) => ({ x: i + 1, y }));
const one = (series: Partial<Series> = {}): Series => ({
  name: "training",
  style: "first",
  points: points(0, 1, 0.5),
  ...series,
});
const draw = (chart: Partial<LineChart> = {}): string =>
  String(lineChart({ id: "c", title: "loss", x: "step", series: [one()], ...chart }));

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);

test("the path by hand: steps 1, 2, 3 are at 38, 126, 214; values 0, 1, ½ at 128, 12, 70", () => {
  expect(all(draw(), /<path class="line first" d="(.*?)"/g)).toEqual(["M38,128L126,12L214,70"]);
});

test("ticks are round numbers at their places; steps are whole", () => {
  const drawn = draw();
  const ticks = [...drawn.matchAll(/<text class="tick" x="(.*?)" y="(.*?)" text-anchor="(\w+)">(.*?)</g)].map((match) =>
    match.slice(1).join(" "),
  );
  expect(ticks).toEqual([
    ...["33 131 end 0.0", "33 73 end 0.5", "33 15 end 1.0"],
    ...["38 141 middle 1", "126 141 middle 2", "214 141 middle 3"],
    "126 154 middle step",
  ]);
});

test("a line is named and told at its end, in its own style; alone it needs no name", () => {
  expect(draw()).toMatch(/<text class="value first" x="220" y="73.5">0.500<\/text>/);
  const two = draw({
    series: [one({ name: "chosen" }), one({ name: "rejected", style: "second", points: points(0.2, 0.2, 0.5) })],
  });
  expect(all(two, /<text class="name \w+" x="220" y=".*?">(.*?)</g)).toEqual(["chosen", "rejected"]);
  const [first, second] = all(two, /<text class="name \w+" x="220" y="(.*?)"/g).map(Number);
  expect(second! - first!).toBeGreaterThanOrEqual(23);
});

test("a gap stays a gap, and a point that stands alone is ringed", () => {
  expect(all(draw({ series: [one({ points: points(0, 1, null, 1, 0) })] }), / d="(.*?)"/g)[0]).toBe(
    "M38,128L82,12M170,12L214,128",
  );
  const alone = draw({ series: [one({ points: points(3) })] });
  expect(all(alone, /<circle class="ring first" cx="(.*?)"/g)).toEqual(["126"]);
  expect(draw({ series: [one({ style: "rings" })] }).match(/<circle/g)).toHaveLength(3);
});

test("natural ends are kept, and a line that stands at zero lies at the bottom", () => {
  const within = draw({ within: [0, 1], series: [one({ points: points(0.5, 0.6) })] });
  expect(all(within, / d="(.*?)"/g)).toEqual(["M38,70L214,58.4"]);
  expect(all(draw({ series: [one({ points: points(0, 0) })] }), / d="(.*?)"/g)).toEqual(["M38,128L214,128"]);
});

test("the λ that was taken is marked at its place", () => {
  expect(draw({ x: "λ", chosen: 2 })).toContain('<line class="chosen" x1="126" x2="126" y1="12" y2="128" />');
  expect(draw()).not.toContain("chosen");
});

test("it has a title and says in words what it shows", () => {
  const drawn = draw();
  expect(drawn).toContain('role="img" aria-labelledby="c-t c-d"');
  expect(drawn).toContain('<title id="c-t">loss</title>');
  expect(drawn).toContain(
    '<desc id="c-d">training: 0 at step 1, 0.500 at step 3; lowest 0 at step 1, highest 1.00 at step 2.</desc>',
  );
});

test("names are escaped", () => {
  const drawn = draw({ title: "<b>", series: [one({ name: '"><script>' }), one({ name: "b", style: "second" })] });
  expect(drawn).not.toContain("<script>");
  expect(drawn).toContain("&lt;b&gt;");
});

test("of ten thousand steps no more is drawn than can be seen, the extremes among it", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ x: i, y: i === 4321 ? 9 : Math.sin(i) }));
  const path = all(draw({ series: [one({ points: many })] }), / d="(.*?)"/g)[0]!;
  expect(path.split("L").length).toBeLessThanOrEqual(4 * 176);
  // The peak of a single step, far above all else.
  expect(path.match(/L[\d.]+,19\.7(?=L)/g)).toHaveLength(1);
});
