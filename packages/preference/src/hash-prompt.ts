import { createHash } from "node:crypto";
import type { Message } from "./message.ts";
import type { Tool } from "./tools.ts";

/**
 * SHA-256 of a prompt, in hexadecimal: of the JSON of its roles and contents, whatever the order of their keys was; where it has tools, of theirs with it, in
 * the order in which a chat template prints them.
 */
export function hashPrompt(prompt: readonly Message[], tools?: readonly Tool[]): string {
  const messages = prompt.map(({ role, content }) => ({ role, content }));
  return createHash("sha256")
    .update(JSON.stringify(tools === undefined ? messages : [messages, tools]))
    .digest("hex");
}
