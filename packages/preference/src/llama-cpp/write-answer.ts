import type { LlamaModel, LlamaSequence } from "./llama-cpp.ts";

type Token = ReturnType<LlamaModel["tokenize"]>[number];

export interface WriteAnswerOptions {
  readonly prompt: readonly Token[];
  /** Tokens that the prompt and the answer may have together. */
  readonly contextSize: number;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly draws: Omit<Parameters<LlamaSequence["evaluate"]>[1], "yieldEogToken">;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenAnswer {
  /** Without the stop text that ended it, as servers leave it off. */
  readonly text: string;
  readonly finish: "stop" | "length";
  /** Tokens that were drawn. */
  readonly tokens: number;
}

/** Where the first of several texts begins; -1 where none does. */
function firstOf(text: string, sought: readonly string[]): number {
  const places = sought.map((one) => text.indexOf(one)).filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** One answer, token by token, in a sequence that has forgotten all before it: what is left of another prompt would change the rounding. */
export async function writeAnswer(
  { model, sequence }: { readonly model: LlamaModel; readonly sequence: LlamaSequence },
  { prompt, contextSize, maxTokens, stop, draws, signal }: WriteAnswerOptions,
): Promise<WrittenAnswer> {
  await sequence.clearHistory();
  const most = Math.min(maxTokens, contextSize - prompt.length);
  const written: Token[] = [];
  for await (const token of sequence.evaluate([...prompt], { ...draws, yieldEogToken: true })) {
    signal?.throwIfAborted();
    if (model.isEogToken(token)) return { text: model.detokenize(written), finish: "stop", tokens: written.length + 1 };
    written.push(token);
    if (stop.length > 0) {
      const text = model.detokenize(written);
      const end = firstOf(text, stop);
      if (end >= 0) return { text: text.slice(0, end), finish: "stop", tokens: written.length };
    }
    if (written.length >= most) break;
  }
  return { text: model.detokenize(written), finish: "length", tokens: written.length };
}
