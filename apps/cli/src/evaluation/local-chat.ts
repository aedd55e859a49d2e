import { generate } from "@prefdelta/causal-lm";
import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import type { Chat, ChatReply } from "@prefdelta/eval";

export interface LocalChatOptions {
  readonly lora?: LoraWeights | undefined;
  /** Answers written together. */
  readonly batchSize: number;
  /** What the chat template is told besides. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

const full: ChatReply = { text: "", stop: "length" };

/**
 * A model in this process behind the port of tool calling, greedy: the conversation and the tools in its chat template. A conversation that fills the model's window ends
 * there.
 */
export function localChat(lm: CausalLm, { lora, batchSize, variables }: LocalChatOptions): Chat {
  const { tokenizer, config } = lm;
  return async (requests, { tools, maxNewTokens }) => {
    const told = { addGenerationPrompt: true, variables, ...(tools.length === 0 ? {} : { tools }) };
    const prompts = requests.map(({ messages }) => tokenizer.encode(tokenizer.applyChatTemplate(messages, told)));
    const fits = prompts.map(({ length }) => length < config.maxPositions);
    const answers = await generate(
      lm,
      prompts.filter((_, i) => fits[i]),
      { ...(lora === undefined ? {} : { lora }), maxNewTokens, batchSize },
    );
    const replies = answers.map(({ ids, text, stop }): ChatReply => ({
      text: stop === "eos" ? tokenizer.decode(ids.slice(0, -1)) : text,
      stop: stop === "length" ? "length" : "end",
    }));
    return fits.map((fit) => (fit ? replies.shift()! : full));
  };
}
