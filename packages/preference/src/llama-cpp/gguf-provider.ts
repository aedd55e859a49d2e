import { Template } from "@huggingface/jinja";
import { createRandom } from "@prefdelta/random";
import type { Completion, Provider } from "../completion.ts";
import { PreferenceError } from "../errors.ts";
import { hashPrompt } from "../hash-prompt.ts";
import type { Message } from "../message.ts";
import type { Tool } from "../tools.ts";
import { plainPrompt } from "../openai/request-body.ts";
import type { GgufOptions } from "./gguf-options.ts";
import type { LlamaCpp, LlamaModel, LlamaSequence } from "./llama-cpp.ts";
import { createPool, type Pool } from "./pool.ts";
import { writeAnswer, type WrittenAnswer } from "./write-answer.ts";

export interface GgufProvider extends Provider {
  /** Loads the model and renders a prompt: what would fail at every prompt fails here. @throws PreferenceError E_PROVIDER */
  check(): Promise<void>;
  /** Gives the memory back; the next prompt would load the model again. */
  close(): Promise<void>;
}

interface Loaded {
  readonly model: LlamaModel;
  readonly render: (prompt: readonly Message[], tools?: readonly Tool[]) => string;
  readonly sequences: Pool<LlamaSequence>;
  readonly close: () => Promise<void>;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;

const unusable = ({ path }: GgufOptions, expected: string, cause: unknown): PreferenceError =>
  new PreferenceError("E_PROVIDER", [`expected ${expected}, got ${reasonOf(cause)}`], { file: path, cause });

/** A prompt as text: by the template that the file carries, the turn to go on with after it as it is. */
function renderer({ tokens, fileInfo }: LlamaModel, options: GgufOptions): Loaded["render"] {
  if (options.api === "completions") return (prompt) => plainPrompt(prompt);
  const source = fileInfo.metadata.tokenizer?.chat_template;
  if (source === undefined)
    throw unusable(options, "a chat template in the file, or api: completions", "a file without one");
  const template = new Template(source);
  return (prompt, tools) => {
    const begun = prompt.at(-1)?.role === "assistant" ? prompt.at(-1)!.content : "";
    const rendered = template.render({
      ...options.sampling.chat_template_kwargs,
      messages: begun === "" ? prompt : prompt.slice(0, -1),
      add_generation_prompt: true,
      ...(tools === undefined ? {} : { tools }),
      bos_token: tokens.bosString ?? "",
      eos_token: tokens.eosString ?? "",
    });
    return rendered + begun;
  };
}

async function load(options: GgufOptions, llamaCpp: LlamaCpp): Promise<Loaded> {
  const { path, gpu, context_size: contextSize, max_concurrency: sequences, threads } = options;
  // Neither downloads nor compiles: nobody asked for that.
  const quiet = { build: "never", skipDownload: true, progressLogs: false, logLevel: "disabled" } as const;
  const failed = (cause: unknown) => Promise.reject(unusable(options, "a model that llama.cpp loads", cause));
  const llama = await llamaCpp.getLlama({ ...quiet, gpu: gpu ? "auto" : false }).catch(failed);
  try {
    const model = await llama.loadModel({ modelPath: path }).catch(failed);
    const render = renderer(model, options);
    const context = await model
      .createContext({ contextSize, sequences, ...(threads === undefined ? {} : { threads }) })
      .catch(failed);
    const pool = createPool(Array.from({ length: sequences }, () => context.getSequence()));
    return { model, render, sequences: pool, close: () => llama.dispose() };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

/**
 * A model in a GGUF file, run in this process by llama.cpp. It is loaded at the first prompt. What is drawn depends on the seed (0 unless it is given),
 * the prompt and the completion's number, not on what was answered before.
 */
export function ggufProvider(options: GgufOptions, llamaCpp: LlamaCpp): GgufProvider {
  const { path: _path, gpu: _gpu, threads: _threads, max_concurrency: concurrency, ...identity } = options;
  let loading: Promise<Loaded> | undefined;
  const loaded = () => (loading ??= load(options, llamaCpp));

  const tokensOf = ({ model, render }: Loaded, prompt: readonly Message[], tools?: readonly Tool[]) => {
    let text: string;
    try {
      text = render(prompt, tools);
    } catch (cause) {
      const problem = `expected the chat template to take the prompt, got ${reasonOf(cause)}`;
      throw new PreferenceError("E_REQUEST", [problem], { file: options.path, cause });
    }
    const tokens = model.tokenize(text, true);
    const { bos, shouldPrependBosToken } = model.tokens;
    if (shouldPrependBosToken && bos !== null && tokens[0] !== bos) tokens.unshift(bos);
    if (tokens.length < options.context_size) return tokens;
    const problem = `context_size — expected more than the prompt's ${tokens.length} tokens, got ${options.context_size}`;
    throw new PreferenceError("E_REQUEST", [problem], { file: options.path });
  };

  return {
    model: options.model,
    identity: { ...identity, engine: "llama.cpp" },
    concurrency,
    async complete(prompt, { signal, sampling: overrides, tools } = {}) {
      const drawn = { ...options.sampling, ...overrides };
      const own = await loaded();
      const tokens = tokensOf(own, prompt, tools);
      const random = createRandom(drawn.seed ?? 0).fork(hashPrompt(prompt, tools));
      const write = async (sample: number): Promise<WrittenAnswer> => {
        const lease = await own.sequences.take();
        try {
          signal?.throwIfAborted();
          return await writeAnswer(
            { model: own.model, sequence: lease.value },
            {
              ...{ prompt: tokens, contextSize: options.context_size, signal },
              ...{ maxTokens: drawn.max_tokens, stop: drawn.stop ?? [] },
              draws: {
                temperature: drawn.temperature,
                topP: drawn.top_p ?? 1,
                topK: Math.max(drawn.top_k ?? 0, 0),
                minP: drawn.min_p ?? 0,
                seed: Math.floor(random.fork(sample).next() * 2 ** 32),
              },
            },
          );
        } finally {
          lease.release();
        }
      };
      const answers = await Promise.all(Array.from({ length: drawn.n }, (_, sample) => write(sample)));
      const usage = { prompt: tokens.length, completion: answers.reduce((sum, { tokens }) => sum + tokens, 0) };
      return answers.map(({ text, finish }): Completion => ({ text, finish, usage }));
    },
    async check() {
      tokensOf(await loaded(), [{ role: "user", content: "Hello" }]);
    },
    async close() {
      const closing = loading;
      loading = undefined;
      await (await closing?.catch(() => undefined))?.close();
    },
  };
}
