import type { Message } from "./message.ts";
import type { Tool } from "./tools.ts";

/** A prompt as a model sees it: without answers. */
export interface GenerateRequest {
  readonly id: string;
  readonly prompt: Message[];
  readonly tools?: readonly Tool[];
}

/**
 * The port to a model: one completion text for each prompt, in order. `onProgress` is told how many are done.
 * What the environment wrote into a completion stands between `<information>` and `</information>`.
 */
export type Generate = (prompts: readonly GenerateRequest[], onProgress?: (done: number) => void) => Promise<string[]>;
