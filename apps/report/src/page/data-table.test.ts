import { expect, test } from "vitest";

import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { html } from "../html/markup.ts";
import { dataTable } from "./data-table.ts";
import { domainOf } from "./interval-domain.ts";
import { settingsList } from "./settings-list.ts";
import { verdictList } from "./verdict-list.ts";

test("a table has a caption, a header for every column and every row, and a name for who scrolls it", () => {
  const table = String(
    dataTable({
      caption: "a < b",
      head: ["", "x"],
      rows: [
        ["first", 1],
        [html`<b>second</b>`, null],
      ],
    }),
  );
  expect(rowsOf(table)).toEqual([
    ["", "x"],
    ["first", "1"],
    ["second", ""],
  ]);
  expect(table.match(/<th scope="col">/g)).toHaveLength(2);
  expect(table.match(/<th scope="row">/g)).toHaveLength(2);
  expect(textOf(/<caption>.*?<\/caption>/s.exec(table)![0])).toBe("a < b");
  expect(table).toContain('tabindex="0" role="group" aria-label="a &lt; b"');
});

test("columns that belong together share a header; one that stands alone has none", () => {
  const table = String(
    dataTable({
      caption: "c",
      groups: [
        ["", 1],
        ["left", 2],
      ],
      head: ["", "found", "random"],
      rows: [["a", 1, 2]],
    }),
  );
  expect(rowsOf(table)[0]).toEqual(["", "left"]);
  expect(table).toContain('<th scope="colgroup" colspan="2">left</th>');
});

test("settings are shown as the file has them; those that are not set are left out", () => {
  const list = settingsList({
    rank: "full",
    weights: [0.5, 1],
    flag: false,
    none: null,
    absent: undefined,
    nested: { a: 1 },
  });
  expect(textOf(String(list))).toBe('rank full weights [0.5,1] flag false none null nested {"a":1}');
  expect(settingsList({})).toBeUndefined();
  expect(settingsList({ absent: undefined })).toBeUndefined();
});

test("a verdict has a sign, a word and its text; the sign is not read out", () => {
  const list = String(
    verdictList([
      { level: "good", text: "<b>" },
      { level: "note", text: "n" },
      { level: "warning", text: "w" },
    ]),
  );
  expect(textOf(list)).toBe("✓ good: <b> · note: n ! warning: w");
  expect(list.match(/aria-hidden="true"/g)).toHaveLength(3);
});

test("a domain holds every interval and is no single point", () => {
  expect(
    domainOf([
      { low: 0.2, high: 0.3 },
      { low: 0.1, high: 0.25 },
    ]),
  ).toEqual([0.1, 0.3]);
  expect(domainOf([{ low: 0.5, high: 0.5 }])).toEqual([0, 1]);
  expect(domainOf([])).toEqual([-0.5, 0.5]);
});
