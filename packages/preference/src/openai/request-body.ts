import type { Message } from "../message.ts";
import type { Tool } from "../tools.ts";
import type { OpenAiOptions } from "./openai-options.ts";

/** To go on with an assistant's turn, in vLLM's and SGLang's words; llama-server does so unasked. */
const goOn = { continue_final_message: true, add_generation_prompt: false };

const isBegun = (messages: readonly Message[]): boolean => messages.at(-1)?.role === "assistant";

/** The messages' contents, a line feed between them; the turn to go on with follows as it is. */
export function plainPrompt(messages: readonly Message[]): string {
  const begun = isBegun(messages);
  const asked = begun ? messages.slice(0, -1) : messages;
  return asked.map(({ content }) => content).join("\n") + (begun ? messages.at(-1)!.content : "");
}

/** Where a request goes below the base address, and what it carries. A prompt that ends with an assistant's turn is gone on with. */
export function requestBody(
  { api, model, sampling, stream }: Pick<OpenAiOptions, "api" | "model" | "sampling" | "stream">,
  prompt: readonly Message[],
  tools?: readonly Tool[],
): { readonly path: string; readonly body: Record<string, unknown> } {
  const { tool_choice, ...drawn } = sampling;
  const callable = tools === undefined ? {} : { tools, ...(tool_choice === undefined ? {} : { tool_choice }) };
  const messages = prompt.map(({ role, content }) => ({ role, content }));
  const streamed = stream ? { stream, stream_options: { include_usage: true } } : {};
  if (api === "chat")
    return {
      path: "chat/completions",
      body: { model, messages, ...callable, ...drawn, ...(isBegun(messages) ? goOn : {}), ...streamed },
    };
  const { chat_template_kwargs: _, ...plain } = drawn;
  return {
    path: "completions",
    body: { model, prompt: plainPrompt(messages), ...plain, ...streamed },
  };
}
