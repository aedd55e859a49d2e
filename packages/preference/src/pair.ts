import { z } from "zod";
import { messagesRow, type Message } from "./message.ts";

/** A preference: of two answers to one prompt, the better and the worse. TRL reads the row as it is. */
export interface Pair {
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
  prompt_id: string;
  chosen_model: string;
  rejected_model: string;
  [extra: string]: unknown;
}

export const pairRow: z.ZodType<Pair> = z.looseObject({
  prompt: messagesRow,
  chosen: messagesRow,
  rejected: messagesRow,
  prompt_id: z.string(),
  chosen_model: z.string(),
  rejected_model: z.string(),
});
