import type { CausalLm, GenerateOptions } from "@prefdelta/causal-lm";
import { generate } from "@prefdelta/causal-lm";

export interface RolloutOptions extends Pick<GenerateOptions, "temperature" | "random"> {
  /** What the environment shows for a query, without its tags. */
  readonly observe: (query: string) => string;
  /** Words put into the model's mouth, prompt by prompt. */
  readonly openings?: readonly string[];
}

/** Room for seven worked sums; an answer after a search is short. */
const maxNewTokens = 64;
const maxAfterSearch = 24;

/** Answers each prompt, with at most one search on the way, and returns what the model and the environment wrote. */
export async function rollout(lm: CausalLm, prompts: readonly string[], options: RolloutOptions): Promise<string[]> {
  const { observe, openings = [], ...sampling } = options;
  const encode = (text: string): number[] => lm.tokenizer.encode(text);
  const started = prompts.map((prompt, i) => prompt + (openings[i] ?? ""));
  const stopStrings = ["</search>"];
  const first = await generate(lm, started.map(encode), { ...sampling, maxNewTokens, stopStrings });
  const written = first.map(({ text }, i) => (openings[i] ?? "") + text);
  const searching = written.flatMap((text, i) => {
    const query = /<search>([^<]*)<\/search>$/.exec(text)?.[1];
    return query === undefined ? [] : [{ i, seen: `${text}<information>${observe(query)}</information>` }];
  });
  if (searching.length === 0) return written;
  const continued = searching.map(({ i, seen }) => encode((prompts[i] ?? "") + seen));
  const second = await generate(lm, continued, {
    ...sampling,
    ...(sampling.random ? { random: sampling.random.fork("after search") } : {}),
    maxNewTokens: maxAfterSearch,
    stopStrings,
  });
  searching.forEach(({ i, seen }, k) => (written[i] = seen + (second[k]?.text ?? "")));
  return written;
}
