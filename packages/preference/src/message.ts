import { z } from "zod";

/** One turn of a conversation, as OpenAI and TRL write it. */
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
}

export const messageRow: z.ZodType<Message> = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
});

/** At least one turn. */
export const messagesRow: z.ZodType<Message[]> = z.array(messageRow).min(1);
