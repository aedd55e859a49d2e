import fc from "fast-check";
import { expect, test } from "vitest";

import { css as sheet, escape, html as write } from "./markup.ts";

// Under other names: the formatter lays templates of these names out anew.

test("what is put into a template is escaped, what came from a template is not", () => {
  const name = `<script>alert("1" & '2')</script>`;
  const cell = write`<td title="${name}">${name}</td>`;
  const escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;";
  expect(String(cell)).toBe(`<td title="${escaped}">${escaped}</td>`);
  expect(String(write`<tr>${cell}</tr>`)).toBe(`<tr>${String(cell)}</tr>`);
});

test("lists are written one after the other; nothing stands for null, undefined and false, and a 0 is a 0", () => {
  const list = write`${[write`<b>1</b>`, "<", [2, null]]}|${null}${undefined}${false}|${0}`;
  expect(String(list)).toBe("<b>1</b>&lt;2||0");
  expect(String(write``)).toBe("");
});

test("indentation of the source is left out, that of a text is not", () => {
  const text = "a\n    b";
  expect(
    String(write`<p>
    ${text}
  </p>`),
  ).toBe(`<p>\n${text}\n</p>`);
  expect(
    String(sheet`
    p > b { color: "red" }`),
  ).toBe('\np > b { color: "red" }');
});

test("an object that only looks like markup is not taken for it", () => {
  const forged = { toString: () => "<script>" };
  expect(() => write`${forged as unknown as string}`).toThrow(TypeError);
});

test("no text can open a tag, close an attribute, or bring in what HTML does not allow", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code)) }),
      (text) => {
        const escaped = escape(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(escaped.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        // oxlint-disable-next-line no-control-regex -- these are the ones that must be gone
        expect(escaped).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
      },
    ),
  );
});

test("escaping loses nothing but control characters: the five entities, put back, give the text", () => {
  const characters: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  fc.assert(
    fc.property(fc.string(), (text) => {
      const back = escape(text).replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name]!);
      expect(back).toBe(text);
    }),
  );
});
