import { generate, score } from "@prefdelta/causal-lm";
import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import { encodePair } from "@prefdelta/eval";
import type { GenerateRequest, Likelihood, LikelihoodRequest } from "@prefdelta/eval";
import type { Random } from "@prefdelta/random";

import type { Sampling } from "../engine/answer-settings.ts";
import { continueText } from "../engine/continue-text.ts";
import { greedy } from "../engine/greedy.ts";
import { writtenText } from "../engine/written-text.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import { localChat } from "./local-chat.ts";

export interface LocalModelOptions {
  readonly lora?: LoraWeights | undefined;
  /** Answers written together. */
  readonly batchSize: number;
  /** Of sampled answers. */
  readonly random: Random;
  /** What the chat template is told besides. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The end of a context: as lm-evaluation-harness, what is longer than the window is cut from the left. */
const lastOf = (ids: readonly number[], room: number): number[] => ids.slice(Math.max(0, ids.length - room));

/** Requests that follow one another with the same context share its computation: the choices of one question. */
function rowsOf({ tokenizer, config }: CausalLm, requests: readonly LikelihoodRequest[]) {
  const rows: { context: string; prompt: number[]; completions: { ids: number[]; mask: number[] }[] }[] = [];
  for (const request of requests) {
    const { prompt, completion: ids } = encodePair((text) => tokenizer.encode(text), request);
    // The last token is predicted, not read. An empty context is the token that stands before a text.
    const cut = lastOf(
      prompt.length === 0 ? [tokenizer.prefixId] : prompt,
      Math.max(1, config.maxPositions + 1 - ids.length),
    );
    const completion = { ids, mask: ids.map(() => 1) };
    const last = rows.at(-1);
    if (last?.context === request.context && last.prompt.length === cut.length) last.completions.push(completion);
    else rows.push({ context: request.context, prompt: cut, completions: [completion] });
  }
  return rows;
}

async function likelihoods(
  lm: CausalLm,
  requests: readonly LikelihoodRequest[],
  lora: LoraWeights | undefined,
): Promise<Likelihood[]> {
  const scored = await score(lm, rowsOf(lm, requests), lora === undefined ? {} : { lora });
  // `accuracy` is the share of tokens that are the model's first choice, a float32.
  return requests.map((_, i) => ({ logProb: scored.logProbs[i]!, isGreedy: scored.accuracy[i]! > 1 - 1e-6 }));
}

/** What a task asks of sampling; greedy where it says temperature 0. */
const samplingOf = ({ temperature, topP = 1, topK = 0 }: GenerateRequest): Sampling =>
  temperature === 0 ? greedy : { temperature, top_p: topP, top_k: topK };

/** A model in this process behind the ports of tasks. With another LoRA the same weights serve again. */
export function localModel(
  lm: CausalLm,
  { lora, batchSize, random, variables = {} }: LocalModelOptions,
): EvaluatedModel {
  const { tokenizer, config } = lm;
  const adapted = lora === undefined ? {} : { lora };
  return {
    loglikelihood: (requests) => likelihoods(lm, requests, lora),
    async generate(requests) {
      const [first] = requests;
      if (first === undefined) return [];
      // A task's requests differ in their contexts alone.
      const { until, maxNewTokens } = first;
      const { temperature, top_p: topP, top_k: topK } = samplingOf(first);
      const prompts = requests.map(({ context }) =>
        lastOf(
          context === "" ? [tokenizer.prefixId] : tokenizer.encode(context),
          Math.max(1, config.maxPositions - maxNewTokens),
        ),
      );
      const answers = await generate(lm, prompts, {
        ...adapted,
        ...{ maxNewTokens, stopStrings: until, temperature, topP, topK, batchSize },
        // Drawn by context, not by place: the same in any batch.
        random: { ...random, fork: (place, ...labels) => random.fork(requests[Number(place)]!.context, ...labels) },
      });
      return answers.map((answer) => ({
        text: writtenText(tokenizer, answer),
        truncated: answer.stop === "length",
      }));
    },
    continueText: continueText({
      ...{ lm, lora, sampling: greedy, random, batchSize, window: config.maxPositions },
      templateOf: () => ({ variables }),
    }),
    converse: localChat(lm, { lora, batchSize, variables }),
    chatTemplate: (messages) => tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true, variables }),
    config: { template_sha256: tokenizer.templateHash },
  };
}
