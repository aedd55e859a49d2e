import { expect, it } from "vitest";
import type { Generate } from "./generate.ts";
import { generatePairs, type GenerateProgress } from "./generate-pairs.ts";
import type { Item } from "./item.ts";

const items: Item[] = [
  { id: "a", prompt: [{ role: "user", content: "2 + 2" }], answers: ["4"], cluster: "sums" },
  { id: "b", prompt: [{ role: "user", content: "3 + 3" }], answers: ["6"], cluster: "sums" },
];

/** Reads the sum off the prompt and misses it by `error`. */
const adder =
  (error: number, log: unknown[] = []): Generate =>
  async (prompts, onProgress) => {
    log.push(prompts);
    return prompts.map(({ prompt }, i) => {
      onProgress?.(i + 1);
      const [left, right] = prompt[0]!.content.split("+").map(Number);
      return String(left! + right! + error);
    });
  };

it("asks one model after the other and pairs what they say", async () => {
  const progress: GenerateProgress[] = [];
  const { pairs, counts } = await generatePairs(
    { items, chosen: { model: "exact", generate: adder(0) }, rejected: { model: "off", generate: adder(1) } },
    (step) => progress.push(step),
  );
  expect(counts).toEqual({ prompts: 2, pairs: 2, identical: 0, empty: 0 });
  expect(pairs.map(({ chosen, rejected }) => [chosen[0]!.content, rejected[0]!.content])).toEqual([
    ["4", "5"],
    ["6", "7"],
  ]);
  expect(progress).toEqual([
    { side: "chosen", done: 1, total: 2 },
    { side: "chosen", done: 2, total: 2 },
    { side: "rejected", done: 1, total: 2 },
    { side: "rejected", done: 2, total: 2 },
  ]);
});

it("shows the models no answers", async () => {
  const seen: unknown[] = [];
  const generate = adder(0, seen);
  const { counts } = await generatePairs({
    items,
    chosen: { model: "m", generate },
    rejected: { model: "m", generate },
  });
  expect(counts).toEqual({ prompts: 2, pairs: 0, identical: 2, empty: 0 });
  expect(seen).toEqual([0, 1].map(() => items.map(({ id, prompt }) => ({ id, prompt }))));
});

it("refuses a model that answers too few", async () => {
  const lazy: Generate = async () => ["only one"];
  await expect(
    generatePairs({
      items,
      chosen: { model: "exact", generate: adder(0) },
      rejected: { model: "lazy", generate: lazy },
    }),
  ).rejects.toMatchObject({
    code: "E_RESPONSES",
    message: "rejected.responses — expected 2, one for each item, got 1 from lazy",
  });
});
