import { generate } from "@prefdelta/causal-lm";
import type { CausalLm, ChatTemplateOptions, LoraWeights } from "@prefdelta/causal-lm";
import type { Continue, Continued, ContinueRequest } from "@prefdelta/eval";
import type { Random } from "@prefdelta/random";

import type { Sampling } from "./answer-settings.ts";
import { withinWindow } from "./within-window.ts";
import { writtenText } from "./written-text.ts";

export interface ContinueTextOptions {
  readonly lm: CausalLm;
  readonly lora?: LoraWeights | undefined;
  readonly sampling: Sampling;
  readonly random: Random;
  readonly batchSize: number;
  /** What the chat template is told of an item beyond its messages. */
  readonly templateOf?: (id: string) => Pick<ChatTemplateOptions, "tools" | "variables">;
  /** Tokens that a conversation may have; one that has as many ends there. No limit, unless it is given. */
  readonly window?: number;
}

/** A local model behind the agent's port. What is drawn depends on an item's id and turn, not on its neighbours. */
export function continueText({
  lm,
  lora,
  sampling,
  random,
  batchSize,
  templateOf = () => ({}),
  window = Infinity,
}: ContinueTextOptions): Continue {
  return (requests, { stop, maxNewTokens, turn }) => {
    const ask = async (asked: readonly Asked[]): Promise<Continued[]> => {
      const answers = await generate(
        lm,
        asked.map(({ prompt }) => prompt),
        {
          ...(lora === undefined ? {} : { lora }),
          maxNewTokens,
          stopStrings: stop,
          temperature: sampling.temperature,
          topP: sampling.top_p,
          topK: sampling.top_k,
          random: byRequest(random, asked, turn),
          batchSize,
        },
      );
      return answers.map((answer) => ({
        text: writtenText(lm.tokenizer, answer),
        stop: answer.stop === "eos" ? "end" : answer.stop,
      }));
    };
    const asked = requests.map((request) => ({
      id: request.id,
      prompt: tokensOf(lm, request, templateOf(request.id)),
    }));
    return withinWindow(asked, { size: window, ask, full: { text: "", stop: "length" } });
  };
}

interface Asked {
  readonly id: string;
  readonly prompt: readonly number[];
}

/** The prompt in the chat template, then each stretch of the answer encoded apart, as training encodes it. */
function tokensOf({ tokenizer }: CausalLm, { prompt, segments }: ContinueRequest, told: ChatTemplateOptions): number[] {
  const opening = tokenizer.applyChatTemplate(prompt, { ...told, addGenerationPrompt: true });
  return [opening, ...segments.map(({ text }) => text)].flatMap((text) => tokenizer.encode(text));
}

/** `generate` forks by place and step; this stream answers as if it had forked by id, turn and step. */
function byRequest(random: Random, requests: readonly Asked[], turn: number): Random {
  return {
    ...random,
    fork: (place, ...labels) => random.fork(requests[Number(place)]!.id, turn, ...labels),
  };
}
