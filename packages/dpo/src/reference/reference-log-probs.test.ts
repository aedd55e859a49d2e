import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CausalLm, type LoraWeights, type PromptRow, score } from "@prefdelta/causal-lm";
import { expect, it } from "vitest";
import { tinyScope } from "../__fixtures__/tiny-scope.ts";
import { parseDpoConfig } from "../config.ts";
import { startLora } from "../start-lora.ts";
import { referenceLogProbs } from "./reference-log-probs.ts";

const tiny = tinyScope("reference");

const rows: PromptRow[] = Array.from({ length: 130 }, (_, i) => ({
  prompt: [1, 2, i % 60],
  completions: [
    { ids: [i % 50, 5], mask: [1, 1] },
    { ids: [7, i % 40, 9], mask: [1, 0, 1] },
  ],
}));

it("are the base's own log-probs, in row order", async () => {
  const reference = await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder });
  expect(reference).toHaveLength(260);
  expect(reference).toBeAllClose((await score(tiny.lm, rows)).logProbs, { rtol: 1e-5, atol: 1e-5 });
});

it("are computed once: a second call reads them", async () => {
  const reference = await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder });
  const files = await readdir(tiny.folder);
  expect(files).toHaveLength(2); // chunks of 128
  for (const file of files) {
    const text = await readFile(join(tiny.folder, file), "utf8");
    const { logProbs } = JSON.parse(text) as { logProbs: number[] };
    await writeFile(join(tiny.folder, file), JSON.stringify({ logProbs: logProbs.map((logProb) => logProb - 1) }));
  }
  const again = await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder });
  expect(again).toEqual(reference.map((logProb) => logProb - 1));
});

it.each(["", "{}", '{"logProbs":[1]}'])("are computed again where a file holds %j", async (text) => {
  const reference = await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder });
  const [file] = await readdir(tiny.folder);
  await writeFile(join(tiny.folder, file!), text);
  expect(await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder })).toEqual(reference);
  expect(await readFile(join(tiny.folder, file!), "utf8")).not.toBe(text);
});

it("are those of the base with an adapter, under a name of its own for each adapter", async () => {
  const [one, two] = [0.1, 0.2].map((factor) => {
    const lora = startLora(tiny.lm, parseDpoConfig({ lora_r: 2 }), undefined);
    for (const { B } of lora.modules.values()) B.fill(factor);
    return lora;
  }) as [LoraWeights, LoraWeights];
  const some = rows.slice(0, 3);
  for (const lora of [undefined, one, two]) {
    const reference = await referenceLogProbs(tiny.lm, some, { folder: tiny.folder, lora });
    expect(reference).toBeAllClose((await score(tiny.lm, some, lora ? { lora } : {})).logProbs, { rtol: 1e-6 });
  }
  expect(await readdir(tiny.folder)).toHaveLength(3);
  await referenceLogProbs(tiny.lm, some, { folder: tiny.folder, lora: { ...one, scale: 3 } });
  expect(await readdir(tiny.folder)).toHaveLength(4);
});

it("have a file of their own for other tokens, masks, bases and templates", async () => {
  const [row] = rows;
  const masked = { ...row!, completions: row!.completions.map(({ ids }) => ({ ids, mask: ids.map(() => 1) })) };
  const variants: [CausalLm, PromptRow][] = [
    [tiny.lm, row!],
    [tiny.lm, masked],
    [tiny.lm, { ...row!, prompt: [3] }],
    [{ ...tiny.lm, hash: "other" }, row!],
    [{ ...tiny.lm, storage: "bf16" }, row!],
    [{ ...tiny.lm, tokenizer: { ...tiny.lm.tokenizer, templateHash: "other" } }, row!],
  ];
  for (const [model, variant] of variants) await referenceLogProbs(model, [variant], { folder: tiny.folder });
  expect(await readdir(tiny.folder)).toHaveLength(variants.length);
});

it("stop between chunks and keep what is done", async () => {
  const controller = new AbortController();
  const stopped = referenceLogProbs(tiny.lm, rows, {
    folder: tiny.folder,
    signal: controller.signal,
    onProgress: (done) => done === 128 && controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "E_ABORTED" });
  expect(await readdir(tiny.folder)).toHaveLength(1);
  expect(await referenceLogProbs(tiny.lm, rows, { folder: tiny.folder })).toHaveLength(260);
});
