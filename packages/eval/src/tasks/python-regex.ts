import { EvalError } from "../errors.ts";

/**
 * A Python pattern as a JavaScript one, flag g: leading `(?is)` flags, `(?P<name>…)`, `\A`, `\Z`, and `$`, which in Python also holds before a
 * last line feed. Classes (`\w`, `\d`, `\s`) are JavaScript's: ASCII words and digits.
 *
 * @throws {EvalError} E_TASK for a pattern that JavaScript cannot read
 */
export function pythonRegex(pattern: string, key: string): RegExp {
  const [, letters = "", rest = ""] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern)!;
  const end = letters.includes("m") ? "$" : "(?=\\n?(?![\\s\\S]))";
  let inClass = false;
  // One token at a time: an escape, a named group, or a character.
  const source = rest.replace(/\\[\s\S]|\(\?P<|[\s\S]/g, (token) => {
    if (token === "\\A") return "(?<![\\s\\S])";
    if (token === "\\Z") return "(?![\\s\\S])";
    if (token === "(?P<") return "(?<";
    if (token === "[") inClass = true;
    else if (token === "]") inClass = false;
    return token === "$" && !inClass ? end : token;
  });
  try {
    return new RegExp(source, `g${letters}`);
  } catch (cause) {
    throw new EvalError("E_TASK", `${key}: expected a regular expression, got ${(cause as Error).message}`, { cause });
  }
}
