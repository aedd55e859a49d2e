import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/lora/src/__fixtures__/${name}`, import.meta.url));

test("lint names every engine, what is wrong and what helps, and succeeds", async () => {
  const { code, stdout } = await runPda("lint", fixture("rslora"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^peft {10}right$/m);
  expect(stdout).toMatch(/^sglang {8}WRONG\n {2}WRONG \*: 6 of 6 layers .* at 0\.577 times their scale.*40835\)$/m);
  expect(stdout).toContain("pda export --to portable takes away what is marked *.");
  expect((await runPda("lint", fixture("portable"))).stdout).not.toContain("*");
});

test("lint --json gives verdicts, rules and sources", async () => {
  const { stdout } = await runPda("lint", fixture("rslora"), "--json");
  const { engines } = JSON.parse(stdout) as { engines: { engine: string; verdict: string; findings: unknown[] }[] };
  expect(engines.map(({ engine, verdict }) => `${engine} ${verdict}`)).toEqual([
    "peft ok",
    "vllm ok",
    "sglang wrong",
    "llama.cpp wrong",
    "lorax ok",
    "tensorrt-llm ok",
  ]);
  expect(engines[2]!.findings[0]).toMatchObject({ rule: "scale", verdict: "wrong", exportHelps: true });
});

test("lint --engine fails where that engine does, and only there", async () => {
  expect(await runPda("lint", fixture("rslora"), "--engine", "sglang")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /expected an adapter that sglang serves right.*\[E_INPUT\]\n {2}WRONG \*: 6 of/,
    ) as string,
  });
  expect(await runPda("lint", fixture("rslora"), "--engine", "vllm")).toMatchObject({
    code: 0,
    stdout: "vllm  right\n",
  });
  expect(await runPda("lint", fixture("rslora"), "--engine", "ollama")).toMatchObject({ code: 2 });
});
