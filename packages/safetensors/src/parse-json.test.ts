import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";
import type { Json, JsonProblem } from "./parse-json.ts";

class Problem extends Error {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    super(problem.message);
    this.problem = { ...problem, path: [...problem.path] };
  }
}

const parse = (text: string): Json =>
  parseJson(text, (problem) => {
    throw new Problem(problem);
  });

function problemOf(text: string): JsonProblem | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return (error as Problem).problem;
  }
}

/** The value as `JSON.parse` would give it. */
function plain(json: Json): unknown {
  if (typeof json === "bigint") return Number(json);
  if (Array.isArray(json)) return json.map(plain);
  if (!(json instanceof Map)) return json;
  return Object.fromEntries([...json].map(([key, value]) => [key, plain(value)]));
}

describe("against JSON.parse", () => {
  it("gives the same value", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "grapheme" }), fc.constantFrom(undefined, 1, "\t"), (text, space) => {
        const pretty = JSON.stringify(JSON.parse(text), null, space);
        expect(plain(parse(pretty))).toEqual(JSON.parse(pretty));
      }),
    );
  });

  it("refuses the same damaged texts", () => {
    const fragment = fc.constantFrom(
      '{"a":1}',
      "[1,2]",
      '"x\\u0041"',
      "-1.5e+3",
      "true",
      "null",
      "01",
      "{,}",
      "\u00a0",
    );
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 3 }),
        fc.nat(12),
        fc.constantFrom(...Array.from('{}[],:"\\0-.e \ntx')),
        (parts, at, mark) => {
          const joined = parts.join(",");
          const text = `[${joined.slice(0, at)}${mark}${joined.slice(at)}]`;
          let accepted = true;
          try {
            JSON.parse(text);
          } catch {
            accepted = false;
          }
          const problem = problemOf(text);
          if (problem?.kind === "duplicate") return;
          expect(problem === undefined).toBe(accepted);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("what JSON.parse hides", () => {
  it("a repeated key is a problem, however it is written, at its own level only", () => {
    expect(problemOf('{"a":1,"b":{"c":1,"\\u0063":2}}')).toEqual({
      kind: "duplicate",
      message: 'duplicate key "c"',
      path: ["b", "c"],
    });
    expect(problemOf('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}')).toBeUndefined();
  });

  it("__proto__ is a key, and keys keep their order", () => {
    const json = parse('{"b":1,"__proto__":2,"1":3,"0":4}');
    expect([...(json as Map<string, Json>)]).toEqual([
      ["b", 1n],
      ["__proto__", 2n],
      ["1", 3n],
      ["0", 4n],
    ]);
  });

  it("integers are exact, and told from fractions", () => {
    expect(parse("[1,1.0,1e0,-0,9007199254740993,18446744073709551615]")).toEqual([
      1n,
      1,
      1,
      -0,
      9007199254740993n,
      18446744073709551615n,
    ]);
    expect(parse("123456789012345678901")).toBe(1.2345678901234568e20);
  });

  it("a lone surrogate is a problem, a pair is not", () => {
    expect(problemOf('"\\ud83d"')?.message).toBe('expected a string of whole characters at character 0, found "\\""');
    expect(parse('"\\ud83d\\ude00"')).toBe("\u{1f600}");
  });
});

describe("problems", () => {
  it.each([
    ["", "expected a value at character 0, found the end"],
    ['{"a" 1}', 'expected ":" at character 5, found "1"'],
    ['{"a":1 "b":2}', 'expected "," or "}" at character 7, found "\\""'],
    ["[1 2]", 'expected "," or "]" at character 3, found "2"'],
    ["{a:1}", 'expected a key at character 1, found "a"'],
    ['"abc', "expected the rest of a string at character 4, found the end"],
    ['"a\nb"', 'expected the rest of a string at character 2, found "\\n"'],
    ['"\\x"', 'expected a string with known escapes at character 0, found "\\""'],
    ['"a\\', "expected the rest of a string at character 3, found the end"],
    ["{} {}", 'expected the end at character 3, found "{"'],
    ["[".repeat(200), 'expected at most 128 levels at character 128, found "["'],
  ])("%j", (text, message) => {
    expect(problemOf(text)).toMatchObject({ kind: "syntax", message });
  });

  it("carry the path", () => {
    expect(problemOf('{"a":[0,{"b":nul}]}')?.path).toEqual(["a", 1, "b"]);
  });
});
