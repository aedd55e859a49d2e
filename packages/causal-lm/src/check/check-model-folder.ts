import type { ModelConfig } from "../model/config.ts";
import { readModelConfig } from "../read-model-config.ts";
import { loadTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import { type Check, problemOf } from "./check.ts";
import { checkRoundTrips } from "./check-round-trips.ts";
import { checkSpecialTokens } from "./check-special-tokens.ts";
import { checkVocabulary } from "./check-vocabulary.ts";
import { checkWeights } from "./check-weights.ts";

/** What was found, and what could be read, to look further. */
export interface CheckedModel {
  readonly checks: readonly Check[];
  readonly config?: ModelConfig | undefined;
  readonly tokenizer?: Tokenizer | undefined;
}

function describeConfig(config: ModelConfig): string {
  const { architecture, layers, hiddenSize, queryHeads, keyValueHeads, vocabSize, maxPositions } = config;
  return `${architecture}, ${layers} layers of ${hiddenSize}, ${queryHeads} heads over ${keyValueHeads}, ${vocabSize} tokens known, ${maxPositions} at once`;
}

/** Reads one thing; where it cannot be read, the finding is the reader's own error. */
async function read<Value>(
  name: string,
  { reader, describe }: { readonly reader: () => Promise<Value>; readonly describe: (value: Value) => string },
): Promise<{ check: Check; value?: Value }> {
  try {
    const value = await reader();
    return { check: { name, state: "ok", what: describe(value) }, value };
  } catch (error) {
    return { check: problemOf(name, error) };
  }
}

/**
 * Looks at a model folder without loading its weights: config, the checkpoint's headers, tokenizer. What stands in the way of one check is a finding
 * and does not keep others from being made. Never throws for what is in the folder.
 */
export async function checkModelFolder(folder: string): Promise<CheckedModel> {
  const config = await read("config", {
    reader: async () => (await readModelConfig(folder)).config,
    describe: describeConfig,
  });
  const tokenizer = await read("tokenizer", { reader: () => loadTokenizer(folder), describe: () => "loads" });
  const checks = [config.check];
  if (config.value) checks.push(await checkWeights(folder, config.value));
  checks.push(tokenizer.check);
  if (config.value && tokenizer.value) checks.push(await checkVocabulary(folder, config.value));
  if (tokenizer.value) {
    checks.push(checkRoundTrips(tokenizer.value), ...(await checkSpecialTokens(folder, tokenizer.value)));
  }
  return { checks, config: config.value, tokenizer: tokenizer.value };
}
