import type { Generated, Tokenizer } from "@prefdelta/causal-lm";

/** What a model wrote, without the token that ends its turn. */
export const writtenText = (tokenizer: Tokenizer, { ids, text, stop }: Generated): string =>
  stop === "eos" ? tokenizer.decode(ids.slice(0, -1)) : text;
