import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ModelConfig } from "../model/config.ts";
import { type Check, problemOf } from "./check.ts";

const NAME = "tokenizer, vocabulary";

// tokenizer.json belongs to tokenizers; a Unigram model lists its vocabulary, others map it to ids.
const schema = z.object({
  model: z.object({ vocab: z.union([z.record(z.string(), z.int()), z.array(z.unknown())]) }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
});

/** Whether the embedding table has a row for every token that a text may become. */
export async function checkVocabulary(folder: string, { vocabSize }: ModelConfig): Promise<Check> {
  try {
    const { model, added_tokens } = schema.parse(JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")));
    const tokens: [string, number][] = Array.isArray(model.vocab)
      ? model.vocab.map((_, id) => [`token ${id}`, id])
      : Object.entries(model.vocab);
    tokens.push(...added_tokens.map(({ content, id }): [string, number] => [content, id]));
    const beyond = tokens.filter(([, id]) => id >= vocabSize);
    const count = new Set(tokens.map(([, id]) => id)).size;
    if (beyond.length === 0) {
      return { name: NAME, state: "ok", what: `${count} tokens, the model embeds ${vocabSize}` };
    }
    const shown = beyond.slice(0, 3).map(([content, id]) => `${content} (${id})`);
    const more = beyond.length > shown.length ? ` and ${beyond.length - shown.length} more` : "";
    return {
      name: NAME,
      state: "problem",
      what: `the model embeds ${vocabSize} tokens, and has no row for ${shown.join(", ")}${more}`,
      advice: "tokens were added without rows in the model, or the tokenizer is another model's",
    };
  } catch (error) {
    return problemOf(NAME, error);
  }
}
