import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadAdapter } from "@prefdelta/lora/node";
import { afterAll, describe, expect, it } from "vitest";
import { loadCausalLm } from "./load-causal-lm.ts";
import { forward } from "./generation/forward.ts";
import { generate } from "./generation/generate.ts";
import { loraFromAdapter, type LoraWeights } from "./lora.ts";
import { createRuntime } from "./runtime/create-runtime.ts";
import { withRowNorms } from "./row-norms.ts";
import type { Message } from "./text/tokenizer.ts";
import { score } from "./training/score.ts";

// Made by tooling/peers/qwen3_golden.py with transformers and PEFT.
const folder = fileURLToPath(new URL("./__fixtures__/tiny-qwen3", import.meta.url));

interface Observed {
  readonly text: string;
  readonly ids: number[];
  readonly lastLogits: number[];
  readonly logProbs: number[];
  readonly greedy: number[];
}
interface Golden {
  readonly base: Observed[];
  readonly adapted: Observed[];
  readonly conversations: { messages: Message[]; rendered: string; addGenerationPrompt: boolean }[];
}
const golden = JSON.parse(await readFile(`${folder}/golden.json`, "utf8")) as Golden;

const lm = await loadCausalLm(folder, { runtime: await createRuntime("onnx") });
const lora = loraFromAdapter(lm.config, await loadAdapter(`${folder}/adapter`));
// By tooling/peers/adapters_golden.py; a step wants its row norms.
const doraGolden = JSON.parse(await readFile(`${folder}/dora/golden.json`, "utf8")) as Pick<Golden, "adapted">;
const doraAdapter = await loadAdapter(`${folder}/dora`, { dora: true });
const dora = await withRowNorms(lm, loraFromAdapter(lm.config, doraAdapter));
afterAll(() => lm.dispose());

const cases: [string, Observed[], LoraWeights | undefined][] = [
  ["the base", golden.base, undefined],
  ["the base with a PEFT adapter", golden.adapted, lora],
  ["the base with a DoRA adapter of PEFT's", doraGolden.adapted, dora],
];

describe.each(cases)("%s, against transformers", (_, observed, lora) => {
  const options = lora ? { lora } : {};

  it("gives the same logits", async () => {
    for (const { ids, lastLogits } of observed) {
      const input = { rows: 1, tokens: ids.length, ids: Int32Array.from(ids), lengths: Int32Array.of(ids.length) };
      const { logits } = await forward(lm, input, options);
      // The bar is 1e-4; float32 sums in another order differ by less than a tenth of it.
      expect(logits).toBeAllClose(lastLogits, { rtol: 0, atol: 1e-5 });
    }
  });

  it("gives the same log-probs", async () => {
    for (const { ids, logProbs } of observed.filter(({ ids }) => ids.length > 1)) {
      const rows = logProbs.map((_, i) => ({
        prompt: ids.slice(0, i + 1),
        completions: [{ ids: [ids[i + 1]!], mask: [1] }],
      }));
      expect((await score(lm, rows, options)).logProbs).toBeAllClose(logProbs, { rtol: 0, atol: 1e-4 });
    }
  });

  it("continues greedily with the same tokens, all prompts in one batch", async () => {
    const prompts = observed.map(({ ids }) => ids);
    const answers = await generate(lm, prompts, { maxNewTokens: 24, ...options });
    expect(answers.map(({ ids }) => ids)).toEqual(observed.map(({ greedy }) => greedy));
  });
});

// Only tensorflow may be missing: what it runs on is downloaded (docs/tensorflow.md).
const tensorflow = await createRuntime("tensorflow").catch((error: Error) => error);
if (tensorflow instanceof Error) process.stderr.write(`not compared: ${tensorflow.message}\n`);
const eager = [
  ["tensorflow", tensorflow],
  ["wasm", await createRuntime("wasm")],
  ["cpu", await createRuntime("cpu")],
] as const;

describe.each(eager)("runtime %s, against transformers", (_, runtime) => {
  it.for(cases)("gives the same logits: %s", async ([, observed, lora], { skip }) => {
    if (runtime instanceof Error) return skip(runtime.message);
    const lm = await loadCausalLm(folder, { runtime });
    for (const { ids, lastLogits } of observed) {
      const input = { rows: 1, tokens: ids.length, ids: Int32Array.from(ids), lengths: Int32Array.of(ids.length) };
      const { logits } = await forward(lm, input, lora ? { lora } : {});
      expect(logits).toBeAllClose(lastLogits, { rtol: 0, atol: 1e-4 });
    }
    await lm.dispose();
  });

  it("continues greedily with the same tokens", async ({ skip }) => {
    if (runtime instanceof Error) return skip(runtime.message);
    const lm = await loadCausalLm(folder, { runtime });
    const [, , observed] = golden.base;
    const [answer] = await generate(lm, [observed!.ids], { maxNewTokens: 6 });
    expect(answer!.ids).toEqual(observed!.greedy.slice(0, 6));
    await lm.dispose();
  });
});

describe("text", () => {
  it("is encoded and decoded as by the Rust tokenizer", () => {
    for (const { text, ids } of golden.base) {
      expect(lm.tokenizer.encode(text)).toEqual(ids);
      expect(lm.tokenizer.decode(ids)).toBe(text);
    }
  });

  it("is rendered as by transformers' chat template", () => {
    for (const { messages, rendered, addGenerationPrompt } of golden.conversations) {
      expect(lm.tokenizer.applyChatTemplate(messages, { addGenerationPrompt })).toBe(rendered);
    }
  });
});
