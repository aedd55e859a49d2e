import { basename, resolve } from "node:path";

import { loraFromAdapter } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import type { Random } from "@prefdelta/random";

import type { EngineOptions } from "../engine/engine-options.ts";
import { openEngine } from "../engine/engine.ts";
import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import type { Fingerprints } from "../files/fingerprint.ts";
import { sha256 } from "../files/hash.ts";
import type { Reporter } from "../print/reporter.ts";
import { openAdapterServer, parseGgufAdapters, type ServedModel } from "./adapter-server.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import { localModel } from "./local-model.ts";
import { readKey } from "./server-arguments.ts";
import { serverModel } from "./server-model.ts";
import { thinkingVariables, withoutThinking } from "./thinking.ts";

/** A model of a run, not loaded yet. */
export interface PlannedModel {
  /** Of its folder, where there are several. */
  readonly name: string;
  /** What its answers depend on. */
  readonly identity: () => Promise<Readonly<Record<string, Json>>>;
  readonly open: () => Promise<EvaluatedModel>;
}

export interface ModelSource {
  readonly description: string;
  readonly models: readonly PlannedModel[];
  readonly close: () => Promise<void>;
}

/** No adapter, among several models of one run. */
export const BASE = "base";

/** Folder names of a run's models: an adapter's own, with a number where two are alike. */
function modelNames(adapters: readonly string[]): string[] {
  const bases = adapters.map((adapter) => basename(resolve(adapter)).replaceAll(/[^\w.@+-]+/g, "-"));
  return bases.map((name, i) => (bases.indexOf(name) === i ? name : `${name}-${i + 1}`));
}

export interface LocalSourceOptions {
  readonly adapters: readonly string[];
  readonly thinking: boolean | undefined;
  readonly engine: EngineOptions;
  readonly batchSize: number;
  readonly random: Random;
  readonly fingerprints: Fingerprints;
  readonly reporter: Pick<Reporter, "line">;
}

/** A folder's model, once for each adapter: the base stays where it is, only the factors change. */
export async function localSource(folder: string, options: LocalSourceOptions): Promise<ModelSource> {
  const { adapters, thinking, batchSize, random, fingerprints } = options;
  const engine = await openEngine(options.engine, options.reporter);
  const names = modelNames(adapters);
  const models = adapters.map((adapter, i): PlannedModel => ({
    name: names[i]!,
    identity: async () => ({
      model: folder,
      model_sha256: await fingerprints.folder(folder),
      adapter: adapter === BASE ? null : adapter,
      adapter_sha256: adapter === BASE ? null : await fingerprints.folder(adapter),
      runtime: engine.description,
      precision: options.engine.storage,
    }),
    async open() {
      const lm = await engine.model(folder);
      const lora =
        adapter === BASE ? undefined : loraFromAdapter(lm.config, await loadAdapter(adapter, { dora: true }));
      const model = localModel(lm, { lora, batchSize, random, variables: thinkingVariables(thinking) });
      return thinking === true ? withoutThinking(model) : model;
    },
  }));
  return { description: engine.description, models, close: () => engine.close() };
}

export interface ServerSourceOptions {
  readonly model: string;
  readonly adapters: readonly string[];
  readonly chat: boolean;
  readonly thinking: boolean | undefined;
  /** The environment variable that holds the key. */
  readonly keyEnv: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly retries: number;
  readonly fingerprints: Fingerprints;
}

/** Content of a folder, or of GGUF files with their strengths. */
async function hashAdapter(adapter: string, fingerprints: Fingerprints): Promise<string> {
  const parts = parseGgufAdapters(adapter);
  if (parts === undefined) return fingerprints.folder(adapter);
  return sha256(
    canonicalJson(await Promise.all(parts.map(async ({ file, scale }) => [await fingerprints.file(file), scale]))),
  );
}

/** A model behind a server, once for each adapter. @throws CliError E_SERVERS when its key is not there */
export async function serverSource(url: string, options: ServerSourceOptions): Promise<ModelSource> {
  const { model, adapters, chat, thinking, keyEnv, env, fingerprints, ...rest } = options;
  const key = readKey("key-env", { keyEnv, env });
  const openModel = ({ model: name, extra }: ServedModel): EvaluatedModel => {
    const told = thinking === undefined ? {} : { chat_template_kwargs: thinkingVariables(thinking) };
    const opened = serverModel({ url, chat, key, ...rest, model: name, extra: { ...extra, ...told } });
    return thinking === true ? withoutThinking(opened) : opened;
  };
  const adapted = adapters.some((adapter) => adapter !== BASE);
  if (!adapted) {
    const planned: PlannedModel = {
      name: model.replaceAll(/[^\w.-]+/g, "-"),
      identity: () => Promise.resolve({ server: url, model, runtime: "server", precision: null }),
      open: () => Promise.resolve(openModel({ model, extra: {} })),
    };
    return { description: `server ${url}`, models: [planned], close: () => Promise.resolve() };
  }
  const server = await openAdapterServer(url, { model, key, ...rest });
  const names = modelNames(adapters);
  const models = adapters.map((adapter, i): PlannedModel => ({
    name: names[i]!,
    identity: async () => ({
      ...{ server: url, model, adapter: adapter === BASE ? null : adapter },
      adapter_sha256: adapter === BASE ? null : await hashAdapter(adapter, fingerprints),
      ...{ runtime: server.description, precision: null },
    }),
    async open() {
      if (adapter === BASE) return openModel(server.base);
      const name = `${names[i]}-${(await hashAdapter(adapter, fingerprints)).slice(0, 16)}`;
      return openModel(await server.serve({ adapter, name }));
    },
  }));
  return { description: `${server.description} at ${url}`, models, close: server.close };
}
