import type { CassetteEntry } from "@prefdelta/eval";
import { expect, test } from "vitest";

import type { EvaluatedModel } from "./evaluated-model.ts";
import { resumableModel } from "./resumable-model.ts";

/** A model and a search tool that say what they were asked, and how often. */
function asked() {
  const calls: string[] = [];
  const note = <T>(what: string, value: T): Promise<T> => {
    calls.push(what);
    return Promise.resolve(value);
  };
  const model: EvaluatedModel = {
    loglikelihood: (requests) =>
      note(
        `score ${requests.length}`,
        requests.map(({ context }) => ({ logProb: -context.length, isGreedy: false })),
      ),
    generate: (requests) =>
      note(
        `write ${requests.length}`,
        requests.map(({ context }) => ({ text: context })),
      ),
    continueText: (requests) =>
      note(
        "turn",
        requests.map(({ id }) => ({ text: id, stop: "end" as const })),
      ),
    converse: async (requests) => requests.map(() => ({ text: "", stop: "end" as const })),
    chatTemplate: (messages) => {
      calls.push("template");
      return messages.map(({ content }) => content).join("|");
    },
    config: {},
  };
  const retrieve = (queries: readonly string[]) =>
    note(
      `search ${queries.join()}`,
      queries.map((text) => [{ id: text, title: text, text }]),
    );
  return { calls, model, retrieve };
}

const progress = { update: () => {}, stop: () => {} };
const pair = (context: string) => ({ context, continuation: "x" });

/** Everything once; what was answered. */
async function run(entries: CassetteEntry[], check = () => {}) {
  const source = asked();
  const cassette = { entries: [...entries], tell: async (entry: CassetteEntry) => void entries.push(entry) };
  const { model, retrieve } = resumableModel(source.model, source.retrieve, { cassette, chunk: 2, progress, check });
  const prompts = ["a", "a", "b"].map((content) => model.chatTemplate([{ role: "user", content }]));
  const scores = await model.loglikelihood(prompts.map(pair));
  const turns = await model.continueText([{ id: "1", prompt: [], segments: [] }], {
    stop: [],
    maxNewTokens: 1,
    turn: 0,
  });
  const found = await retrieve!(["q"], 3);
  return { calls: source.calls, answers: { prompts, scores, turns, found } };
}

test("everything is asked once, in chunks, and a second time nothing is", async () => {
  const entries: CassetteEntry[] = [];
  const first = await run(entries);
  expect(first.calls).toEqual(["template", "template", "score 2", "score 1", "turn", "search q"]);
  const kept = entries.length;
  const second = await run(entries);
  expect(second).toEqual({ calls: [], answers: first.answers });
  expect(entries).toHaveLength(kept);
});

test("a check before each chunk may stop, and what was answered before is kept", async () => {
  const entries: CassetteEntry[] = [];
  let chunks = 0;
  const check = (): void => {
    if (++chunks > 1) throw new Error("stopped");
  };
  await expect(run(entries, check)).rejects.toThrow("stopped");
  expect((await run(entries)).calls).toEqual(["score 1", "turn", "search q"]);
});
