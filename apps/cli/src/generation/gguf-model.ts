import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";

import { ggufOptions } from "@prefdelta/preference";
import { collectResponses, ggufProvider } from "@prefdelta/preference/node";
import type { GgufProvider, LlamaCpp } from "@prefdelta/preference/node";

import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import type { AnsweringModel } from "./answering-model.ts";
import type { GgufModel } from "./generation-schema.ts";
import { searchingProvider } from "./searching-provider.ts";
import type { ServerModelOptions } from "./server-model.ts";

type Environment = ServerModelOptions["env"];

/** node-llama-cpp, where it is installed: beside the command, or where NODE_LLAMA_CPP says. @throws CliError E_SERVERS */
async function importLlamaCpp(env: Environment): Promise<LlamaCpp> {
  const specifier = env["NODE_LLAMA_CPP"] ?? "node-llama-cpp";
  try {
    return (await import(isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier)) as LlamaCpp;
  } catch (cause) {
    const problem = `expected the package node-llama-cpp, or its dist/index.js in the variable NODE_LLAMA_CPP, got ${(cause as Error).message.split("\n")[0]}`;
    throw new CliError("E_SERVERS", problem, { cause });
  }
}

interface GgufPlace {
  /** Of the file. */
  readonly path: string;
  readonly env: Environment;
  readonly threads: number | undefined;
}

export interface GgufModelOptions extends GgufPlace {
  /** Fingerprint of the file. */
  readonly weights: string;
  /** For what the recipe gives no seed of its own. */
  readonly seed: number;
  /** Prompts under way together; the recipe's, unless it is given. */
  readonly concurrency?: number | undefined;
  readonly search?: ServerModelOptions["search"];
}

function optionsOf(
  { gguf, ...spec }: GgufModel,
  { path, threads, concurrency }: GgufPlace & { concurrency?: number | undefined },
) {
  return ggufOptions.parse({
    ...spec,
    ...{ path, model: gguf },
    ...(threads === undefined ? {} : { threads }),
    ...(concurrency === undefined ? {} : { max_concurrency: concurrency }),
  });
}

/** A recipe's GGUF file, in this process; in memory only while it answers. */
export function ggufModel(spec: GgufModel, options: GgufModelOptions): AnsweringModel {
  const { env, weights, seed, search } = options;
  const parsed = optionsOf(spec, options);
  const sampling = { ...parsed.sampling, seed: parsed.sampling.seed ?? seed };
  const open = (llamaCpp: LlamaCpp): GgufProvider => ggufProvider({ ...parsed, revision: weights, sampling }, llamaCpp);
  const answering = (provider: GgufProvider) =>
    search === undefined
      ? provider
      : searchingProvider(provider, { search: search.tool, inputs: search.inputs, sampling });
  // Nothing is loaded for a name.
  const { identity } = answering(open({ getLlama: () => Promise.reject(new Error("not asked for")) }));
  return {
    identity,
    inputs: identity as unknown as Json,
    async collect(items, { store, signal, isSpent, onProgress, onFailure }) {
      const provider = open(await importLlamaCpp(env));
      try {
        return await collectResponses({
          ...{ items, provider: answering(provider), store, signal, onProgress },
          stopWhen: ({ tokens }) => isSpent(tokens),
          onFailure: (id, error) => onFailure(id, error.message),
        });
      } finally {
        await provider.close();
      }
    },
  };
}

/** What keeps a GGUF from answering: it is loaded once, before anything is asked. */
export async function ggufProblems(spec: GgufModel, place: GgufPlace): Promise<readonly string[]> {
  try {
    const provider = ggufProvider(optionsOf(spec, place), await importLlamaCpp(place.env));
    await provider.check().finally(() => provider.close());
    return [];
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return [error.message];
  }
}
