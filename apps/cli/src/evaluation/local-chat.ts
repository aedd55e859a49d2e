import { generate } from "@prefdelta/causal-lm";
import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import type { Chat, ChatReply } from "@prefdelta/eval";

import { withinWindow } from "../engine/within-window.ts";
import { writtenText } from "../engine/written-text.ts";

export interface LocalChatOptions {
  readonly lora?: LoraWeights | undefined;
  /** Answers written together. */
  readonly batchSize: number;
  /** What the chat template is told besides. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A model in this process behind the port of tool calling, greedy: the conversation and the tools in its chat template. A conversation that fills the model's window ends
 * there.
 */
export function localChat(lm: CausalLm, { lora, batchSize, variables }: LocalChatOptions): Chat {
  const { tokenizer, config } = lm;
  return (requests, { tools, maxNewTokens }) => {
    const told = { addGenerationPrompt: true, variables, ...(tools.length === 0 ? {} : { tools }) };
    const asked = requests.map(({ messages }) => ({
      prompt: tokenizer.encode(tokenizer.applyChatTemplate(messages, told)),
    }));
    const ask = async (fitting: Readonly<typeof asked>): Promise<ChatReply[]> => {
      const answers = await generate(
        lm,
        fitting.map(({ prompt }) => prompt),
        { ...(lora === undefined ? {} : { lora }), maxNewTokens, batchSize },
      );
      return answers.map((answer) => ({
        text: writtenText(tokenizer, answer),
        stop: answer.stop === "length" ? "length" : "end",
      }));
    };
    return withinWindow(asked, { size: config.maxPositions, ask, full: { text: "", stop: "length" } });
  };
}
