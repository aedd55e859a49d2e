import { basename, resolve } from "node:path";

import { z } from "zod";

import { CliError } from "../errors.ts";

/** How requests name what a server holds. */
export interface ServedModel {
  readonly model: string;
  /** What every request says besides. */
  readonly extra: Readonly<Record<string, unknown>>;
}

interface AdapterToServe {
  /** A folder; for llama-server `FILE.gguf[@SCALE]`, several with `+` between them. */
  readonly adapter: string;
  /** Carries the content's hash: what was computed under another content is never taken for its own. */
  readonly name: string;
}

/** A server that has the base, and takes adapters while it runs. */
export interface AdapterServer {
  readonly description: string;
  readonly base: ServedModel;
  /** @throws CliError E_SERVERS */
  readonly serve: (adapter: AdapterToServe) => Promise<ServedModel>;
  /** Unloads what was loaded here. */
  readonly close: () => Promise<void>;
}

export interface AdapterServerOptions {
  /** The base, as the server calls it. */
  readonly model: string;
  readonly key?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  /** Not JSON everywhere: vLLM says in plain words that an adapter was loaded. */
  readonly text: string;
}
type Ask = (address: string, body?: object) => Promise<Answer>;

const asking =
  ({ key, fetch, signal }: AdapterServerOptions): Ask =>
  async (address, body) => {
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const headers = { "content-type": "application/json", ...authorization };
    const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    try {
      const response = await fetch(address, { ...post, headers, signal });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      const { message, cause: reason } = cause as Error;
      const got = reason instanceof Error ? `${message} (${reason.message})` : message;
      throw new CliError("E_SERVERS", `${address}: expected an answer, got ${got}`, { cause });
    }
  };

async function askFor<T>(schema: z.ZodType<T>, ask: Ask, address: string): Promise<T> {
  const { status, text } = await ask(address);
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${address}: expected a list, got status ${status}: ${text.slice(0, 200)}`;
    throw new CliError("E_SERVERS", message, { cause });
  }
}

const modelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string().nullish() })) });

interface Place {
  /** `/v1` included, without a slash at the end. */
  readonly url: string;
  readonly root: string;
  readonly model: string;
}

/** Where vLLM and SGLang load and unload, and how a request then names the adapter. */
const hotLoaders = {
  vllm: ({ url }: Place) => ({
    at: url,
    nameOf: (adapter: string) => adapter,
    hint: "vLLM needs --enable-lora, --max-lora-rank and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True",
  }),
  sglang: ({ root, model }: Place) => ({
    at: root,
    nameOf: (adapter: string) => `${model}:${adapter}`,
    hint: "SGLang needs --enable-lora, --max-lora-rank and --lora-target-modules",
  }),
};

function hotLoadingServer(
  kind: keyof typeof hotLoaders,
  place: Place,
  { ask, held }: { ask: Ask; held: Set<string> },
): AdapterServer {
  const { at, nameOf, hint } = hotLoaders[kind](place);
  const loaded = new Set<string>();
  return {
    description: kind,
    base: { model: place.model, extra: {} },
    async serve({ adapter, name }) {
      const path = resolve(adapter);
      // What bears this hash already is this adapter: a killed run left it.
      if (!held.has(name)) {
        const { status, text } = await ask(`${at}/load_lora_adapter`, { lora_name: name, lora_path: path });
        if (status !== 200) {
          const got = `status ${status}: ${text.slice(0, 200)}`;
          const message = `${at}/load_lora_adapter: expected ${path} to be loaded, got ${got}; the server must see that path, and ${hint}`;
          throw new CliError("E_SERVERS", message);
        }
      }
      loaded.add(name);
      return { model: nameOf(name), extra: {} };
    },
    async close() {
      // Whether or not the server is still there, the evaluation is done.
      for (const name of loaded) await ask(`${at}/unload_lora_adapter`, { lora_name: name }).catch(() => undefined);
    },
  };
}

const llamaAdapters = z.array(z.object({ id: z.int(), path: z.string() }));

/** `a.gguf@0.5+b.gguf` as files and their strengths, 1 where none is said; undefined where it is none such. */
export function parseGgufAdapters(text: string): { readonly file: string; readonly scale: number }[] | undefined {
  const parts = text.split(/(?<=\.gguf(?:@-?[\d.]+)?)\+/).map((part) => /^(.+\.gguf)(?:@(-?[\d.]+))?$/.exec(part));
  if (parts.some((part) => part === null)) return undefined;
  return parts.map((part) => ({ file: part![1]!, scale: Number(part![2] ?? 1) }));
}

/** llama-server has its adapters from the start, and sums them up at the strengths that each request asks for: a linear merge, unwritten. */
async function llamaServer({ root, model }: Place, ask: Ask): Promise<AdapterServer> {
  const address = `${root}/lora-adapters`;
  const held = await askFor(llamaAdapters, ask, address);
  const place = (file: string): number => {
    const same = held.find(({ path }) => path === file || path === resolve(file) || basename(path) === basename(file));
    if (same !== undefined) return same.id;
    const known = held.map(({ path }) => path).join(", ") || "none";
    throw new CliError("E_SERVERS", `${address}: expected ${file} (llama-server --lora FILE), found ${known}`);
  };
  // Every adapter is named: what a request leaves out counts as 0 in some versions, as it stood before in others.
  const scaled = (scales: ReadonlyMap<number, number>): ServedModel => ({
    model,
    extra: { lora: held.map(({ id }) => ({ id, scale: scales.get(id) ?? 0 })) },
  });
  return {
    description: "llama-server",
    base: scaled(new Map()),
    async serve({ adapter }) {
      const parts = parseGgufAdapters(adapter);
      if (parts === undefined) {
        const message = `--adapter ${adapter}: expected FILE.gguf[@SCALE] for llama-server, several with + between (pda export --to gguf makes one)`;
        throw new CliError("E_USAGE", message);
      }
      return scaled(new Map(parts.map(({ file, scale }) => [place(file), scale])));
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Finds out what a server is by what it says of its models, and how it takes adapters: vLLM and SGLang by loading a folder, llama-server by the strengths of
 * those it was started with. A server of another name is spoken to as to vLLM.
 *
 * @param url `/v1` included
 * @throws CliError E_SERVERS
 */
export async function openAdapterServer(url: string, options: AdapterServerOptions): Promise<AdapterServer> {
  const ask = asking(options);
  const base = url.replace(/\/+$/, "");
  const place = { url: base, root: base.replace(/\/v1$/, ""), model: options.model };
  const { data } = await askFor(modelList, ask, `${base}/models`);
  const owner = (data.find(({ id }) => id === options.model) ?? data[0])?.owned_by;
  if (owner === "llamacpp") return llamaServer(place, ask);
  const held = new Set(data.map(({ id }) => id));
  return hotLoadingServer(owner === "sglang" ? "sglang" : "vllm", place, { ask, held });
}
