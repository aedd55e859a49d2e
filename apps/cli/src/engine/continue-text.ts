import { generate } from "@prefdelta/causal-lm";
import type { CausalLm, ChatTemplateOptions, LoraWeights } from "@prefdelta/causal-lm";
import type { Continue, ContinueRequest } from "@prefdelta/eval";
import type { Random } from "@prefdelta/random";

import type { Sampling } from "./answer-settings.ts";

export interface ContinueTextOptions {
  readonly lm: CausalLm;
  readonly lora?: LoraWeights | undefined;
  readonly sampling: Sampling;
  readonly random: Random;
  readonly batchSize: number;
  /** What the chat template is told of an item beyond its messages. */
  readonly templateOf?: (id: string) => Pick<ChatTemplateOptions, "tools" | "variables">;
}

/** A local model behind the agent's port. What is drawn depends on an item's id and turn, not on its neighbours. */
export function continueText({
  lm,
  lora,
  sampling,
  random,
  batchSize,
  templateOf = () => ({}),
}: ContinueTextOptions): Continue {
  return async (requests, { stop, maxNewTokens, turn }) => {
    const answers = await generate(
      lm,
      requests.map((request) => tokensOf(lm, request, templateOf(request.id))),
      {
        ...(lora === undefined ? {} : { lora }),
        maxNewTokens,
        stopStrings: stop,
        temperature: sampling.temperature,
        topP: sampling.top_p,
        topK: sampling.top_k,
        random: byRequest(random, requests, turn),
        batchSize,
      },
    );
    return answers.map(({ ids, text, stop }) =>
      stop === "eos" ? { text: lm.tokenizer.decode(ids.slice(0, -1)), stop: "end" } : { text, stop },
    );
  };
}

/** The prompt in the chat template, then each stretch of the answer encoded apart, as training encodes it. */
function tokensOf({ tokenizer }: CausalLm, { prompt, segments }: ContinueRequest, told: ChatTemplateOptions): number[] {
  const opening = tokenizer.applyChatTemplate(prompt, { ...told, addGenerationPrompt: true });
  return [opening, ...segments.map(({ text }) => text)].flatMap((text) => tokenizer.encode(text));
}

/** `generate` forks by place and step; this stream answers as if it had forked by id, turn and step. */
function byRequest(random: Random, requests: readonly ContinueRequest[], turn: number): Random {
  return {
    ...random,
    fork: (place, ...labels) => random.fork(requests[Number(place)]!.id, turn, ...labels),
  };
}
