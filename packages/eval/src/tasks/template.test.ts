import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pythonRegex } from "./python-regex.ts";
import { compileTemplate } from "./template.ts";

const failure = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error;

describe("compileTemplate", () => {
  it("keeps white space: a last line feed, and those around blocks", () => {
    expect(compileTemplate("Q: {{q}}\n", "k").render({ q: "x\n" })).toBe("Q: x\n\n");
    expect(compileTemplate("  {% if q %}\n{{q}}\n  {% endif %}\nend", "k").render({ q: "x" })).toBe("  \nx\n  \nend");
  });

  it("gives an only expression as a value, all else as text", () => {
    const doc = { list: ["a", "b"], n: 2, deep: { x: [1, { y: null }] } };
    expect(compileTemplate("{{list}}", "k").evaluate(doc)).toEqual(["a", "b"]);
    expect(compileTemplate("{{ [n, list[0]] }}", "k").evaluate(doc)).toEqual([2, "a"]);
    expect(compileTemplate("{{deep}}", "k").evaluate(doc)).toEqual(doc.deep);
    expect(compileTemplate("{{n}} ", "k").evaluate(doc)).toBe("2 ");
    expect(compileTemplate("plain", "k").evaluate(doc)).toBe("plain");
  });

  it("finds the place of a value in a list", () => {
    const doc = { choices: { label: ["A", "B"], n: [3, 4] }, key: "B" };
    expect(compileTemplate("{{choices.label.index(key)}}", "k").evaluate(doc)).toBe(1);
    expect(compileTemplate("{{choices.n.index(4) + 1}}", "k").evaluate(doc)).toBe(2);
    const missing = compileTemplate("{{choices.label.index('C')}}", "k");
    expect(() => missing.evaluate(doc)).toThrow(failure("E_DOCUMENT", 'index: expected "C" in ["A","B"]'));
  });

  it("gives texts back as they are", () => {
    const template = compileTemplate("<{{text}}>", "k");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(template.render({ text })).toBe(`<${text}>`);
      }),
    );
  });

  it("misses what is not there, and names the fields that are", () => {
    for (const source of ["{{question}}", "Q: {{question}}", "{{question.strip()}}", "{{choices.label}}"]) {
      const render = () => compileTemplate(source, "doc_to_text").render({ choices: {}, query: "x" });
      expect(render).toThrow(failure("E_DOCUMENT", "it has choices, query"));
    }
    expect(() => compileTemplate("{{ open", "doc_to_text")).toThrow(
      failure("E_TASK", "doc_to_text: expected a Jinja template"),
    );
  });
});

describe("pythonRegex", () => {
  const all = (pattern: string, text: string) => [...text.matchAll(pythonRegex(pattern, "k"))].map(([match]) => match);

  it("knows Python's flags, names and ends", () => {
    expect(all("(?s).*#### ", "a\nb #### c")).toEqual(["a\nb #### "]);
    expect(all("(?i)ab", "AB ab")).toEqual(["AB", "ab"]);
    expect(all("\\.$", "1.\n2.\n")).toEqual(["."]); // Python's $ holds before a last line feed alone
    expect("1.\n2.\n".replace(pythonRegex("\\.$", "k"), "")).toBe("1.\n2\n");
    expect(all("(?m)\\d$", "1\n2")).toEqual(["1", "2"]);
    expect(all("\\A\\d|\\d\\Z", "12\n3")).toEqual(["1", "3"]);
    expect(all("[$]\\$(?P<n>\\d)", "$$5")).toEqual(["$$5"]);
  });

  it("refuses what JavaScript cannot read", () => {
    expect(() => pythonRegex("(?x) a", "filter")).toThrow(failure("E_TASK", "filter: expected a regular expression"));
    expect(() => pythonRegex("(", "filter")).toThrow(failure("E_TASK", "filter: expected a regular expression"));
  });
});
