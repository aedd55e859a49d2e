import type { Message } from "../message.ts";
import type { OpenAiOptions } from "./openai-options.ts";

/** Where a request goes below the base address, and what it carries. */
export function requestBody(
  { api, model, sampling, stream }: Pick<OpenAiOptions, "api" | "model" | "sampling" | "stream">,
  prompt: readonly Message[],
): { readonly path: string; readonly body: Record<string, unknown> } {
  const messages = prompt.map(({ role, content }) => ({ role, content }));
  const streamed = stream ? { stream, stream_options: { include_usage: true } } : {};
  if (api === "chat") return { path: "chat/completions", body: { model, messages, ...sampling, ...streamed } };
  const { chat_template_kwargs: _, ...plain } = sampling;
  return {
    path: "completions",
    body: { model, prompt: messages.map(({ content }) => content).join("\n"), ...plain, ...streamed },
  };
}
