import { inChunks, resumeCalls } from "@prefdelta/eval";
import type { Retrieve } from "@prefdelta/eval";
import type { ResumedCassette } from "@prefdelta/eval/node";

import type { Progress } from "../print/reporter.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";

export interface ResumableOptions {
  /** Keeps every answer as soon as it is there. */
  readonly cassette: Pick<ResumedCassette, "entries" | "tell">;
  /** Requests asked, and kept, together. The cut does not depend on what was done before. */
  readonly chunk: number;
  readonly progress: Progress;
  /** Called before the model is asked; throws to stop. */
  readonly check: () => void;
}

type Call<A extends readonly unknown[], R> = (...request: A) => Promise<R>;

/** A port whose answers outlive a kill: what was asked before is not asked again. */
function resumable<A extends readonly unknown[], R>(
  port: string,
  call: Call<A, R>,
  { cassette, check }: Pick<ResumableOptions, "cassette" | "check">,
): Call<A, R> {
  const guarded = async (...request: A): Promise<R> => {
    check();
    try {
      return await call(...request);
    } catch (error) {
      // A request that Ctrl-C broke off failed for that reason.
      check();
      throw error;
    }
  };
  return resumeCalls(port, guarded, cassette);
}

/** Prompts by conversation; those that are not kept yet are told, so that a replay needs no template. */
function keptTemplate({ chatTemplate }: EvaluatedModel, { entries, tell }: ResumableOptions["cassette"]) {
  const kept = new Map(
    entries.flatMap(({ port, request, response }) =>
      port === "template" ? [[JSON.stringify(request), String(response)] as const] : [],
    ),
  );
  const told: Promise<void>[] = [];
  const render: EvaluatedModel["chatTemplate"] = (messages) => {
    const key = JSON.stringify([messages]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const text = chatTemplate(messages);
    kept.set(key, text);
    told.push(tell({ port: "template", request: [messages], response: text }));
    return text;
  };
  return { render, settled: async (): Promise<void> => void (await Promise.all(told.splice(0))) };
}

/** A model, and a search tool if there is one, whose answers outlive a kill. */
export function resumableModel(
  model: EvaluatedModel,
  retrieve: Retrieve | undefined,
  options: ResumableOptions,
): { readonly model: EvaluatedModel; readonly retrieve: Retrieve | undefined } {
  const { cassette, chunk, progress } = options;
  const template = keptTemplate(model, cassette);
  let done = 0;
  const kept = <Q, B extends readonly unknown[], R>(port: string, call: Call<[readonly Q[], ...B], readonly R[]>) => {
    const resumed = resumable(port, call, options);
    const counted = async (requests: readonly Q[], ...rest: B): Promise<readonly R[]> => {
      await template.settled();
      const answers = await resumed(requests, ...rest);
      progress.update((done += requests.length));
      return answers;
    };
    return inChunks(counted, chunk);
  };
  return {
    model: {
      ...model,
      loglikelihood: kept("loglikelihood", model.loglikelihood),
      generate: kept("generate", model.generate),
      continueText: kept("continue", model.continueText),
      converse: kept("chat", model.converse),
      chatTemplate: template.render,
    },
    retrieve: retrieve === undefined ? undefined : resumable("retrieve", retrieve, options),
  };
}
