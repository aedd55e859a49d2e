import { z } from "zod";
import { messagesRow, type Message } from "./message.ts";
import { toolsRow, type Tool } from "./tools.ts";

/** One question: a prompt to generate from, or to evaluate on. */
export interface Item {
  id: string;
  prompt: Message[];
  /** What the model is told that it may call. */
  tools?: Tool[];
  /** Every answer that counts as correct. */
  answers?: string[];
  /** What the question is about: items of one cluster are resampled together. */
  cluster?: string;
}

/** A row of an items file. A row without an id gets one from its prompt. */
export const itemRow = z.strictObject({
  id: z.string().min(1).optional(),
  prompt: messagesRow,
  tools: toolsRow.optional(),
  answers: z.array(z.string()).optional(),
  cluster: z.string().optional(),
});
