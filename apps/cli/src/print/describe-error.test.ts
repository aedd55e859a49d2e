import { expect, test } from "vitest";

import { CliError } from "../errors.ts";
import { describeError, formatError } from "./describe-error.ts";

test("a coded error is told by its message, its problems and its code, without a stack", () => {
  const error = new CliError("E_CONFIG", "r.yaml: 2 problems", { problems: ["r.yaml:1:1  a: b", "r.yaml:2:1  c: d"] });
  expect(formatError(error, { debug: false })).toBe(
    "pda: r.yaml: 2 problems [E_CONFIG]\n  r.yaml:1:1  a: b\n  r.yaml:2:1  c: d\n",
  );
  expect(describeError(error).exitCode).toBe(2);
});

test("a package's coded error ends with 1", () => {
  const error = Object.assign(new Error("a.safetensors: header too large"), { code: "E_HEADER" });
  expect(describeError(error)).toEqual({
    code: "E_HEADER",
    message: "a.safetensors: header too large",
    problems: [],
    exitCode: 1,
  });
});

test("an error without a code is owned up to as a defect", () => {
  expect(formatError(new TypeError("x is not a function"), { debug: false })).toBe(
    "pda: TypeError: x is not a function [E_UNEXPECTED]\n  this is a defect in pda; --debug prints where\n",
  );
  expect(describeError("text").message).toBe("text");
});

test("--debug prints the stack of the error and of its cause", () => {
  const cause = new Error("disk full");
  const text = formatError(new CliError("E_INPUT", "cannot read", { cause }), { debug: true });
  expect(text).toContain("describe-error.test.ts");
  expect(text).toContain("Error: disk full");
});

test.each([
  ["E_USAGE", 2],
  ["E_CONFIG", 2],
  ["E_INPUT", 1],
  ["E_LOCKED", 1],
  ["E_UPSTREAM", 1],
  ["E_INTERRUPTED", 130],
] as const)("%s ends with %i", (code, exitCode) => {
  expect(new CliError(code, "").exitCode).toBe(exitCode);
});
