import { createRandom, shuffle } from "@prefdelta/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tinyPairs } from "../__fixtures__/tiny-model.ts";
import { tinyScope } from "../__fixtures__/tiny-scope.ts";
import { type DpoConfigInput, parseDpoConfig } from "../config.ts";
import type { EncodedPair } from "./encode-pair.ts";
import { encodePairs } from "./encode-pairs.ts";
import type { PairStream } from "./encode-stream.ts";
import { prepareData } from "./prepare-data.ts";
import type { TrainingPair } from "./training-pair.ts";

const tiny = tinyScope("prepare-data");

/** What a run gets to see of its data. */
async function prepare(pairs: PairStream, settings: DpoConfigInput = {}, evaluationPairs?: PairStream) {
  const options = { tokenizer: tiny.lm.tokenizer, config: parseDpoConfig(settings), folder: tiny.folder };
  const data = await prepareData({ pairs, evaluationPairs }, options);
  const { training, counts, evaluation, hashes } = data;
  const all = {
    training: await training.slice(0, training.length),
    counts,
    evaluation: evaluation && (await evaluation.pairs.slice(0, evaluation.pairs.length)),
    evaluationCounts: evaluation?.counts,
    hashes,
  };
  await data.close();
  return all;
}

/** Every fifth pair has the same prompt. */
const someShared = (count: number): TrainingPair[] =>
  tinyPairs(count).map((pair, i) => (i % 5 === 4 ? { ...pair, prompt: [{ role: "user", content: "same" }] } : pair));

const byStep = { eval_strategy: "steps" } as const;
const cutting = { loss_type: "sigmoid", ld_alpha: 0.5, max_length: 13, truncation_mode: "keep_start" } as const;

describe("prepareData", () => {
  // The hashes that runs had while all pairs were held in memory: their checkpoints are gone on from.
  it.each<[string, DpoConfigInput, number, string, string]>([
    [
      "all pairs",
      {},
      0,
      "4608930b58b6642884405077ff073823f86dcc64b017777b13881c0669d1f464",
      "0fd88e129e315ce994d5060d42ea589e9f9fd491f480ad637bc8239336ea2e03",
    ],
    [
      "a part set aside",
      { ...byStep, val_size: 0.2 },
      0,
      "4608930b58b6642884405077ff073823f86dcc64b017777b13881c0669d1f464",
      "ce8b4ec53804d964a920f28b7f700812d366f1958507c1fb1a24aab888f94cca",
    ],
    [
      "pairs cut, and weighed by length",
      cutting,
      0,
      "4608930b58b6642884405077ff073823f86dcc64b017777b13881c0669d1f464",
      "ceccdb402eef1fd6710fbd48545e04316694c605edd015f2559d3199960ab8af",
    ],
    [
      "pairs for evaluation apart",
      byStep,
      10,
      "b6c1fc9869c152fde789de81345c97f6e519a60147986ac7caeb5aeb62500495",
      "0fd88e129e315ce994d5060d42ea589e9f9fd491f480ad637bc8239336ea2e03",
    ],
  ])("keeps the hashes of %s", async (...[, settings, apart, data, tokens]) => {
    const evaluationPairs = apart === 0 ? undefined : tinyPairs(30 + apart).slice(30);
    expect((await prepare(someShared(30), settings, evaluationPairs)).hashes).toEqual({ data, tokens });
  });

  it("gives what encoding, and splitting by prompt, in memory gives", async () => {
    const cases = fc.record({
      prompts: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 12, maxLength: 30 }),
      val_size: fc.constantFrom(0.1, 0.3, 3),
      seed: fc.integer({ min: 0, max: 9 }),
      maxLength: fc.constantFrom(12, 16, null),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ prompts, val_size, seed, maxLength }) => {
        const words = tinyPairs(prompts.length);
        const pairs = words.map((pair, i) => ({ ...pair, prompt: words[prompts[i]!]!.prompt }));
        const keyOf = ({ prompt }: TrainingPair): string => JSON.stringify(prompt);
        const drawn = new Set<string>();
        for (const key of shuffle(createRandom(seed).fork("evaluation"), [...new Set(pairs.map(keyOf))])) {
          const wanted = val_size < 1 ? Math.round(val_size * pairs.length) : val_size;
          if (pairs.filter((pair) => drawn.has(keyOf(pair))).length < wanted) drawn.add(key);
        }
        const encode = (aside: boolean) => {
          const part = pairs.filter((pair) => drawn.has(keyOf(pair)) === aside);
          return encodePairs(tiny.lm.tokenizer, part, { maxLength, maskObservations: true });
        };
        const [training, evaluation] = [encode(false), encode(true)];
        fc.pre(training.counts.kept > 0 && evaluation.counts.kept > 0);
        expect(await prepare(pairs, { ...byStep, val_size, seed, max_length: maxLength })).toMatchObject({
          training: training.pairs,
          counts: training.counts,
          evaluation: evaluation.pairs,
          evaluationCounts: evaluation.counts,
        });
      }),
      { numRuns: 30 },
    );
  });

  it("weighs tokens as it reads them", async () => {
    const [pair] = (await prepare(someShared(30), cutting)).training as [EncodedPair];
    expect(pair.chosen.weights).toHaveLength(pair.chosen.ids.length);
  });

  it("reads a stream once, one pair at a time", async () => {
    let given = 0;
    async function* pairs(): AsyncGenerator<TrainingPair> {
      for (const pair of tinyPairs(5)) {
        given++;
        yield pair;
      }
    }
    expect((await prepare(pairs())).counts).toMatchObject({ given: 5, kept: 5 });
    expect(given).toBe(5);
  });

  it("tells how far it is, and stops by its signal", async () => {
    const controller = new AbortController();
    const told: number[] = [];
    const preparing = prepareData(
      { pairs: tinyPairs(2500) },
      {
        tokenizer: tiny.lm.tokenizer,
        config: parseDpoConfig({}),
        folder: tiny.folder,
        onProgress: (pairs) => told.push(pairs) === 2 && controller.abort(),
        signal: controller.signal,
      },
    );
    await expect(preparing).resolves.toMatchObject({ counts: { kept: 2500 } });
    await (await preparing).close();
    expect(told).toEqual([1000, 2000]);
    const again = prepareData(
      { pairs: tinyPairs(2) },
      { tokenizer: tiny.lm.tokenizer, config: parseDpoConfig({}), folder: tiny.folder, signal: controller.signal },
    );
    await expect(again).rejects.toMatchObject({
      code: "E_ABORTED",
      message: expect.stringContaining("after encoding 0 pairs") as string,
    });
  });
});
