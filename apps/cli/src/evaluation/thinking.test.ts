import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { GenerateRequest } from "@prefdelta/eval";
import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import { withoutThinking } from "./thinking.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-thinking-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the answer is what follows the last end of thinking, which stop texts do not cut", async () => {
  const asked: GenerateRequest[] = [];
  const texts = ["<think>a\n\nb</think>\n\nc", "<think>a</think>b</think> c", "<think>no end", "plain"];
  const model = {
    generate: async (requests: readonly GenerateRequest[]) => {
      asked.push(...requests);
      return texts.map((text, i) => ({ text, truncated: i === 2 }));
    },
  } as unknown as EvaluatedModel;
  const request = { context: "q", until: ["\n\n"], maxNewTokens: 9, temperature: 0 };
  const answers = await withoutThinking(model).generate(texts.map(() => request));
  expect(answers).toEqual([
    { text: "c", truncated: false },
    { text: "c", truncated: false },
    { text: "<think>no end", truncated: true },
    { text: "plain", truncated: false },
  ]);
  expect(asked.map(({ until }) => until)).toEqual([[], [], [], []]);
});

test("--thinking tells the template, and is in the results", async () => {
  await writeFile(join(folder, "math.jsonl"), '{"question": "1 + 1?", "answer": "#### 2"}\n');
  // The fixture's template does not ask; Qwen3's does.
  const [model, template] = [join(folder, "model"), join(folder, "model", "chat_template.jinja")];
  await cp(tinyModel, model, { recursive: true });
  const off = "{%- if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{%- endif %}";
  await writeFile(template, (await readFile(template, "utf8")) + off);
  const task = ["--task", "gsm8k", "--data", join(folder, "math.jsonl"), "--num-fewshot", "0", "--runtime", "onnx"];
  const run = (out: string, ...more: string[]) =>
    runPda("eval", model, ...task, "--out", join(folder, out), "--apply-chat-template", ...more);
  const asked = async (out: string) => {
    const [line] = (await readFile(join(folder, out, "samples_gsm8k.jsonl"), "utf8")).split("\n");
    return (JSON.parse(line!) as { arguments: { gen_args_0: { arg_0: string } } }).arguments.gen_args_0.arg_0;
  };
  for (const one of ["on", "off"]) expect(await run(one, "--thinking", one)).toMatchObject({ code: 0 });
  expect((await asked("off")).slice((await asked("on")).length)).toMatch(/^<think>\s*<\/think>\s*$/);
  const results = JSON.parse(await readFile(join(folder, "off", "results.json"), "utf8")) as { config: object };
  expect(results.config).toMatchObject({ thinking: false });
  expect((await run("no", "--thinking", "maybe")).stderr).toContain("--thinking: expected on or off, found maybe");
  expect((await runPda("eval", model, ...task, "--out", join(folder, "no"), "--thinking", "on")).stderr).toContain(
    "--thinking: expected --apply-chat-template with it",
  );
});
