/**
 * JSON as a reader of untrusted headers needs it and `JSON.parse` does not give it: a repeated key is an error,
 * objects are Maps in the file's order (a key may be "__proto__"), integers are bigint (so 1 and 1.0 differ, and
 * nothing is rounded), lone surrogates are refused. The limits are serde_json's, which the Rust crate reads with.
 */
export type Json = null | boolean | number | bigint | string | Json[] | Map<string, Json>;

export interface JsonProblem {
  readonly kind: "syntax" | "duplicate";
  readonly message: string;
  /** Keys and indexes from the root to the value in question. */
  readonly path: readonly (string | number)[];
}

const maxDepth = 128;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const literals = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** @param fail called with the first problem; must throw */
export function parseJson(text: string, fail: (problem: JsonProblem) => never): Json {
  let at = 0;
  const path: (string | number)[] = [];
  const syntax = (expected: string): never => {
    at = Math.min(at, text.length);
    const found = at < text.length ? JSON.stringify(text[at]) : "the end";
    return fail({ kind: "syntax", message: `expected ${expected} at character ${at}, found ${found}`, path });
  };

  const value = parseValue();
  skipSpace();
  return at === text.length ? value : syntax("the end");

  function parseValue(): Json {
    skipSpace();
    const first = text[at];
    if (first === '"') return parseString();
    if (first === "{" || first === "[") {
      if (path.length >= maxDepth) syntax(`at most ${maxDepth} levels`);
      return first === "{" ? parseObject() : parseArray();
    }
    for (const [word, literal] of literals) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return literal;
      }
    }
    return parseNumber();
  }

  function parseObject(): Map<string, Json> {
    const object = new Map<string, Json>();
    at++;
    if (next("}")) return object;
    do {
      skipSpace();
      if (text[at] !== '"') syntax("a key");
      const key = parseString();
      if (object.has(key))
        fail({ kind: "duplicate", message: `duplicate key ${JSON.stringify(key)}`, path: [...path, key] });
      if (!next(":")) syntax('":"');
      path.push(key);
      object.set(key, parseValue());
      path.pop();
    } while (next(","));
    return next("}") ? object : syntax('"," or "}"');
  }

  function parseArray(): Json[] {
    const array: Json[] = [];
    at++;
    if (next("]")) return array;
    do {
      path.push(array.length);
      array.push(parseValue());
      path.pop();
    } while (next(","));
    return next("]") ? array : syntax('"," or "]"');
  }

  function parseString(): string {
    const start = at++;
    let escaped = false;
    for (let unit = text.charCodeAt(at); unit !== 0x22; unit = text.charCodeAt(++at)) {
      // NaN, past the end, is not ≥ 0x20 either.
      if (!(unit >= 0x20)) syntax("the rest of a string");
      if (unit === 0x5c) {
        escaped = true;
        at++;
      }
    }
    at++;
    const string = escaped ? unescape(start) : text.slice(start + 1, at - 1);
    return string.isWellFormed() ? string : rewind(start, "a string of whole characters");
  }

  function unescape(start: number): string {
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      return rewind(start, "a string with known escapes");
    }
  }

  function parseNumber(): number | bigint {
    number.lastIndex = at;
    const match = number.exec(text);
    if (match === null) return syntax("a value");
    const [source, fraction, exponent] = match;
    at += source.length;
    const integer = fraction === undefined && exponent === undefined && source !== "-0";
    // 20 digits hold every 64-bit integer; longer ones would only cost time.
    return integer && source.length <= 20 ? BigInt(source) : Number(source);
  }

  function rewind(start: number, expected: string): never {
    at = start;
    return syntax(expected);
  }

  function next(mark: string): boolean {
    skipSpace();
    if (text[at] !== mark) return false;
    at++;
    return true;
  }

  function skipSpace(): void {
    for (let unit = text.charCodeAt(at); unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;) {
      unit = text.charCodeAt(++at);
    }
  }
}
