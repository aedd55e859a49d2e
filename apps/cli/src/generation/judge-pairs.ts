import { judgePrompt, pairVerdict } from "@prefdelta/preference";
import type { Item, Pair, PairCounts } from "@prefdelta/preference";
import type { ResponseStore, StoredPairs } from "@prefdelta/preference/node";

const textOf = (messages: Pair["chosen"]): string => messages.map(({ content }) => content).join("\n");

/** A pair in both orders, the chosen answer first at first. */
const questionsOf = ({ prompt, chosen, rejected }: Pair) =>
  [
    judgePrompt(prompt, textOf(chosen), textOf(rejected)),
    judgePrompt(prompt, textOf(rejected), textOf(chosen)),
  ] as const;

/** What a judge is asked about pairs, as prompts like any other. */
export async function* judgeItems(pairs: AsyncIterable<Pair>): AsyncGenerator<Item> {
  for await (const pair of pairs)
    for (const [order, prompt] of questionsOf(pair).entries())
      yield { id: `${pair.prompt_id}, ${order === 0 ? "chosen" : "rejected"} first`, prompt };
}

/** Pairs whose chosen answer the judge does not find worse in both orders; a pair without both verdicts is kept. */
export function judgedPairs({ pairs, counts: given, sourceOf }: StoredPairs, verdicts: ResponseStore): StoredPairs {
  const counts: PairCounts = { ...given };
  const verdictOn = async (prompt: ReturnType<typeof judgePrompt>): Promise<string> =>
    (await verdicts.get(verdicts.keyOf(prompt)))?.[0]?.text ?? "";
  async function* kept(): AsyncGenerator<Pair> {
    let worse = 0;
    for await (const pair of pairs) {
      const [one, other] = questionsOf(pair);
      if (pairVerdict(await verdictOn(one), await verdictOn(other)) === "rejected") worse++;
      else yield pair;
    }
    Object.assign(counts, given, { pairs: given.pairs - worse, judged_worse: worse });
  }
  return { pairs: kept(), counts, sourceOf };
}
