import type { CausalLm } from "@prefdelta/causal-lm";
import { modelText, runAgent, transcriptText } from "@prefdelta/eval";
import type { Transcript } from "@prefdelta/eval";
import type { Item } from "@prefdelta/preference";
import type { CollectCounts, GenerationIdentity } from "@prefdelta/preference/node";
import type { Random } from "@prefdelta/random";

import { searchOptions } from "../engine/answer-items.ts";
import type { SearchTool } from "../engine/answer-items.ts";
import type { AnswerSettings } from "../engine/answer-settings.ts";
import { continueText } from "../engine/continue-text.ts";
import type { Engine } from "../engine/engine.ts";
import type { Json } from "../files/canonical-json.ts";
import type { AnsweringModel } from "./answering-model.ts";
import type { LocalModel } from "./generation-schema.ts";

export interface LocalModelOptions {
  readonly engine: Engine;
  /** Of the model. */
  readonly folder: string;
  /** Fingerprint of the folder. */
  readonly weights: string;
  readonly answers: AnswerSettings;
  readonly search: SearchTool | undefined;
  /** What else the answers depend on: how they are written, searched for and computed. */
  readonly answerInputs: Json;
  /** Draws by the prompts' keys. */
  readonly random: Random;
}

async function* chunksOf<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const value of values) {
    chunk.push(value);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Tokens of the prompt and of what the model wrote itself. */
const usageOf = ({ tokenizer }: CausalLm, { prompt, tools }: Item, transcript: Transcript) => ({
  prompt: tokenizer.encode(tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true, tools })).length,
  completion: tokenizer.encode(modelText(transcript)).length,
});

/**
 * A recipe's model folder, in this process. Prompts are answered in chunks whose cut never depends on what was answered before: a chunk of which a
 * kill left a part is answered anew as a whole, so that a model's rounding, which its neighbours in a batch may change, is the same in every run.
 */
export function localModel({ folder: name, ...sampling }: LocalModel, options: LocalModelOptions): AnsweringModel {
  const { engine, folder, weights, answers, search, answerInputs, random } = options;
  const identity: GenerationIdentity = { model: name, weights, sampling, ...(answerInputs as object) };
  const draws = random.fork("generate", name);
  return {
    identity,
    inputs: identity as unknown as Json,
    async collect(items, { store, signal, onProgress }) {
      const counts: CollectCounts = {
        ...{ prompts: 0, stored: 0, answered: 0, repeated: 0, failed: 0 },
        tokens: { prompt: 0, completion: 0 },
      };
      for await (const chunk of chunksOf(items, answers.batch_size)) {
        signal.throwIfAborted();
        const keys = chunk.map(({ prompt, tools }: Item) => store.keyOf(prompt, tools));
        const missing = new Set(keys.filter((key) => !store.has(key)));
        if (missing.size > 0) {
          const lm = await engine.model(folder);
          const variables = sampling.chat_template_kwargs;
          const toolsOf = new Map(chunk.map(({ tools }, i) => [keys[i]!, tools]));
          const transcripts = await runAgent(
            chunk.map(({ prompt }, i) => ({ id: keys[i]!, prompt })),
            {
              continueText: continueText({
                lm,
                lora: undefined,
                sampling,
                random: draws,
                batchSize: answers.batch_size,
                templateOf: (key) => ({ tools: toolsOf.get(key), variables }),
              }),
              maxNewTokens: answers.max_new_tokens,
              ...(search === undefined ? {} : searchOptions(search)),
            },
          );
          for (const [i, key] of keys.entries()) {
            if (!missing.delete(key)) continue;
            const transcript = transcripts[i]!;
            const finish = transcript.stop === "length" ? "length" : "stop";
            await store.put(key, [
              { text: transcriptText(transcript), finish, usage: usageOf(lm, chunk[i]!, transcript) },
            ]);
            counts.answered++;
          }
        }
        counts.prompts += chunk.length;
        counts.stored = counts.prompts - counts.answered;
        onProgress(counts);
      }
      return counts;
    },
  };
}
