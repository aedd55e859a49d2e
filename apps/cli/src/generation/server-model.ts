import { checkServers, openAiOptions, openAiProvider } from "@prefdelta/preference";
import type { Fetch, OpenAiOptions } from "@prefdelta/preference";
import { collectResponses } from "@prefdelta/preference/node";
import type { Random } from "@prefdelta/random";

import type { SearchTool } from "../engine/answer-items.ts";
import type { Json } from "../files/canonical-json.ts";
import type { AnsweringModel } from "./answering-model.ts";
import type { ServerModel } from "./generation-schema.ts";
import { searchingProvider } from "./searching-provider.ts";

export interface ServerModelOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: Fetch;
  /** For the jitter of retries. */
  readonly random: Random;
  /** Requests under way at one URL; the recipe's, unless it is given. */
  readonly concurrency?: number | undefined;
  /** The recipe's search tool, and what its results depend on. */
  readonly search?: { readonly tool: SearchTool; readonly inputs: Json } | undefined;
}

/** The package's options of a server model of the recipe, its key read. */
function optionsOf(
  { key_env, price: _price, ...spec }: ServerModel,
  { env, concurrency }: Pick<ServerModelOptions, "concurrency" | "env">,
): OpenAiOptions {
  const key = key_env === undefined ? undefined : env[key_env];
  return openAiOptions.parse({
    ...spec,
    ...(key === undefined ? {} : { key }),
    ...(concurrency === undefined ? {} : { max_concurrency: concurrency }),
  });
}

/** A recipe's model behind servers. */
export function serverModel(spec: ServerModel, options: ServerModelOptions): AnsweringModel {
  const { fetch, random, search } = options;
  const parsed = optionsOf(spec, options);
  const plain = openAiProvider(parsed, { fetch, random });
  const provider =
    search === undefined
      ? plain
      : searchingProvider(plain, { search: search.tool, inputs: search.inputs, sampling: parsed.sampling });
  return {
    identity: provider.identity,
    inputs: provider.identity as unknown as Json,
    price: spec.price,
    collect: (items, { store, signal, isSpent, onProgress, onFailure }) =>
      collectResponses({
        items,
        provider,
        store,
        signal,
        stopWhen: ({ tokens }) => isSpent(tokens),
        onProgress,
        onFailure: (id, error) => onFailure(id, error.message),
      }),
  };
}

/** What keeps a model's servers from answering: each is asked once, before anything is asked a thousand times. */
export async function serverProblems(
  spec: ServerModel,
  { env, fetch, signal }: Pick<ServerModelOptions, "env" | "fetch"> & { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (spec.key_env !== undefined && !env[spec.key_env])
    return [`key_env — expected a key in the environment variable ${spec.key_env}, found none`];
  try {
    await checkServers(optionsOf(spec, { env }), { fetch, signal });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const { problems } = error as { problems?: readonly string[] };
    if (problems === undefined) throw error;
    return problems;
  }
}
