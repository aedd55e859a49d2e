import type { Tokenizer } from "../text/tokenizer.ts";
import type { Check } from "./check.ts";
import { readEosIds, readSpecialTokens, type SpecialName } from "./special-tokens.ts";

const files = ["config.json", "generation_config.json"] as const;
const show = (ids: readonly number[]): string => (ids.length === 0 ? "none" : ids.join(", "));

/** What tokenizer_config.json calls a token, with the ids that it becomes; one token it should be. */
async function checkTokens(folder: string, tokenizer: Tokenizer): Promise<Check> {
  const name = "tokenizer, special tokens";
  const tokens = await readSpecialTokens(folder);
  const described: string[] = [];
  const torn: string[] = [];
  for (const which of ["bos", "eos", "pad"] as const satisfies readonly SpecialName[]) {
    const text = tokens[which];
    if (text === undefined) {
      described.push(`no ${which}`);
      continue;
    }
    const ids = tokenizer.encode(text);
    described.push(`${which} ${text} (${show(ids)})`);
    if (ids.length !== 1) torn.push(`${which} ${text} becomes ${ids.length} tokens (${show(ids)})`);
  }
  if (torn.length === 0) return { name, state: "ok", what: described.join(", ") };
  const advice = "tokenizer.json should list it under added_tokens";
  return { name, state: "problem", what: torn.join("; "), advice };
}

/** Whether the files agree on what ends a turn: prefdelta goes by the tokenizer, other engines by what the configs name. */
async function checkEnd(folder: string, tokenizer: Tokenizer): Promise<Check> {
  const name = "tokenizer, end of a turn";
  const shown = (id: number): string => `${tokenizer.decode([id])} (${id})`;
  const { eosId } = tokenizer;
  const own = shown(eosId);
  const found = await Promise.all(files.map(async (file) => ({ file, ids: await readEosIds(folder, file) })));
  const named = found.filter(({ ids }) => ids.length > 0);
  const others = named.filter(({ ids }) => !ids.includes(eosId));
  if (others.length > 0) {
    const told = others.map(({ file, ids }) => `${file} says ${ids.map(shown).join(", ")}`);
    return {
      name,
      state: "warning",
      what: `the tokenizer says ${own}, ${told.join(", ")}`,
      advice: `training teaches the model to end with ${own}: engines that stop by these files would not stop there; let eos_token_id hold ${eosId}, or change eos_token`,
    };
  }
  const agreeing = named.map(({ file }) => file);
  const what =
    agreeing.length === 0
      ? "no other file names one"
      : `as ${agreeing.join(" and ")} ${agreeing.length === 1 ? "says" : "say"}`;
  return { name, state: "ok", what: `${own}, ${what}` };
}

/** bos, eos and pad: single tokens, and the same in all files. */
export const checkSpecialTokens = (folder: string, tokenizer: Tokenizer): Promise<Check[]> =>
  Promise.all([checkTokens(folder, tokenizer), checkEnd(folder, tokenizer)]);
