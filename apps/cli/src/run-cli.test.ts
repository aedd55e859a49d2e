import { expect, test } from "vitest";

import { runPda } from "./__fixtures__/run-pda.ts";

test("help lists every command, and of a command every option", async () => {
  const { code, stdout } = await runPda("--help");
  expect(code).toBe(0);
  for (const name of ["run", "generate", "train", "merge", "inspect", "eval"]) expect(stdout).toContain(` ${name} `);
  const help = await runPda("train", "--help");
  expect(help.code).toBe(0);
  for (const option of ["--base", "--data", "--out", "--config", "--resume", "--json"]) {
    expect(help.stdout).toContain(option);
  }
  // eslint-disable-next-line no-control-regex
  expect(stdout + help.stdout).not.toMatch(/\u001B/);
});

test("without a command there is help on stderr, and 2", async () => {
  const { code, stdout, stderr } = await runPda();
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("inspect");
});

test("--version", async () => {
  expect((await runPda("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a command that is none", async () => {
  expect(await runPda("marge")).toEqual({
    code: 2,
    stdout: "",
    stderr: "pda: marge: unknown command; did you mean merge? [E_USAGE]\n",
  });
  expect((await runPda("toString")).stderr).toContain("expected one of run, generate, train, merge, inspect, ");
});

test("unknown options end with 2; with --json the error is a document too", async () => {
  const { code, stdout, stderr } = await runPda("inspect", "--jsn", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: "E_USAGE",
      message: "wrong arguments",
      problems: ["--jsn: unknown option; did you mean --json?", "ADAPTER: missing"],
    },
  });
  expect(stderr).toContain("did you mean --json?");
});

test("--debug prints where an error came from", async () => {
  expect((await runPda("inspect", "/nowhere")).stderr).not.toContain("    at ");
  expect((await runPda("inspect", "/nowhere", "--debug")).stderr).toContain("    at ");
});

test("listeners for Ctrl-C are taken away again", async () => {
  const before = process.listenerCount("SIGINT");
  await runPda("--version");
  expect(process.listenerCount("SIGINT")).toBe(before);
});
