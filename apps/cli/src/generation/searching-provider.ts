import { runAgent, transcriptText } from "@prefdelta/eval";
import type { Continue } from "@prefdelta/eval";
import type { CompleteOptions, Completion, Message, Provider, Sampling } from "@prefdelta/preference";

import { searchOptions } from "../engine/answer-items.ts";
import type { SearchTool } from "../engine/answer-items.ts";
import { begunTurn, withStopText } from "../engine/open-turn.ts";
import type { Json } from "../files/canonical-json.ts";

interface Usage {
  prompt: number;
  completion: number;
}

interface ConversationOptions extends Pick<CompleteOptions, "signal" | "tools"> {
  readonly provider: Provider;
  readonly sampling: Sampling;
  /** Added to, turn by turn. */
  readonly usage: Usage;
}

/** A provider behind the agent's port: each turn is a request that goes on with the assistant's own. */
function continueByProvider({ provider, sampling, signal, tools, usage }: ConversationOptions): Continue {
  return (requests, { stop, maxNewTokens }) =>
    Promise.all(
      requests.map(async ({ prompt, segments }) => {
        const drawn = { ...sampling, max_tokens: maxNewTokens, stop: [...(sampling.stop ?? []), ...stop] };
        const { stop: ends, ...rest } = drawn;
        const asked = { signal, tools, sampling: ends.length === 0 ? rest : drawn };
        const [completion] = await provider.complete([...prompt, ...begunTurn(segments)], asked);
        usage.prompt += completion!.usage?.prompt ?? 0;
        usage.completion += completion!.usage?.completion ?? 0;
        const { text, stopped } = withStopText(completion!.text, stop);
        return { text, stop: completion!.finish === "length" ? "length" : stopped ? "stop" : "end" };
      }),
    );
}

export interface SearchingOptions {
  readonly search: SearchTool;
  /** What the searches depend on, for the answers' key. */
  readonly inputs: Json;
  readonly sampling: Sampling;
}

/**
 * A provider whose model has a search tool: a completion is a whole trajectory, what was found between `<information>` and `</information>`, as
 * the trainer masks it. Servers must be able to go on with an assistant's turn (vLLM, SGLang, llama-server).
 */
export function searchingProvider(provider: Provider, { search, inputs, sampling }: SearchingOptions): Provider {
  const { n, seed, ...drawn } = sampling;
  const converse = async (prompt: readonly Message[], sample: number, asked: CompleteOptions): Promise<Completion> => {
    const usage: Usage = { prompt: 0, completion: 0 };
    // Completions of one prompt are conversations of their own: with one seed they would all be the same.
    const own = { ...drawn, n: 1, ...(seed === undefined ? {} : { seed: seed + sample }) };
    const [transcript] = await runAgent([{ id: "conversation", prompt }], {
      continueText: continueByProvider({ ...asked, provider, sampling: own, usage }),
      maxNewTokens: sampling.max_tokens,
      ...searchOptions(search),
    });
    return { text: transcriptText(transcript!), finish: transcript!.stop === "length" ? "length" : "stop", usage };
  };
  return {
    ...provider,
    identity: { ...provider.identity, search: inputs },
    async complete(prompt, asked = {}) {
      const completions = await Promise.all(Array.from({ length: n }, (_, sample) => converse(prompt, sample, asked)));
      // `usage` is that of all completions of a prompt together.
      const usage = completions.reduce(
        (sum, { usage }) => ({ prompt: sum.prompt + usage!.prompt, completion: sum.completion + usage!.completion }),
        { prompt: 0, completion: 0 },
      );
      return completions.map((completion) => ({ ...completion, usage }));
    },
  };
}
