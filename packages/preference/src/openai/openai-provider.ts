import type { Random } from "@prefdelta/random";
import type { Completion, Provider } from "../completion.ts";
import { PreferenceError } from "../errors.ts";
import { createEndpointPool, type RequestEnd } from "./endpoint-pool.ts";
import type { Fetch } from "./fetch.ts";
import type { OpenAiOptions } from "./openai-options.ts";
import { parseCompletions } from "./parse-completions.ts";
import { requestBody } from "./request-body.ts";
import { retryDelay } from "./retry-delay.ts";
import { sendRequest, type Attempt } from "./send-request.ts";
import { sleep as timerSleep, type Sleep } from "./sleep.ts";

export interface OpenAiPorts {
  readonly fetch: Fetch;
  /** For the jitter alone. */
  readonly random: Random;
  readonly sleep?: Sleep;
}

/** Whatever the request: the key, the address or the model is wrong. */
const hopeless = (status: number): boolean => status === 401 || status === 403 || status === 404;

const joinUrl = (base: string, path: string): string => `${base.replace(/\/+$/, "")}/${path}`;

type Answered = { readonly kind: "answered"; readonly completions: readonly Completion[] };
type Outcome = Answered | Exclude<Attempt, { kind: "reply" }>;

type Request = ReturnType<typeof requestBody> & { readonly n: number };

const endOf = (outcome: Outcome): RequestEnd => {
  if (outcome.kind !== "failed") return "answered";
  return outcome.overloaded ? "overloaded" : "failed";
};

/**
 * A model behind servers that speak OpenAI's protocol: vLLM, SGLang, llama-server, Ollama, hosted ones. Requests go to the least loaded URL;
 * what fails in passing is tried again, elsewhere if there is another URL; a garbled reply is a failure, never an answer.
 */
export function openAiProvider(options: OpenAiOptions, { fetch, random, sleep = timerSleep }: OpenAiPorts): Provider {
  const { urls, model, revision, template_hash, api, key, sampling, retries } = options;
  const pool = createEndpointPool(urls, options.max_concurrency);
  const backoff = { first: options.backoff_seconds.first * 1000, max: options.backoff_seconds.max * 1000 };

  const ask = async (base: string, request: Request, signal?: AbortSignal): Promise<Outcome> => {
    const attempt = await sendRequest(fetch, {
      url: joinUrl(base, request.path),
      key,
      body: request.body,
      timeout: options.timeout_seconds * 1000,
      signal,
    });
    if (attempt.kind !== "reply") return attempt;
    const parsed = parseCompletions(attempt.text, request.n);
    if ("completions" in parsed) return { kind: "answered", ...parsed };
    const { problem: why } = parsed;
    return parsed.lasting === true
      ? { kind: "refused", status: 200, why }
      : { kind: "failed", overloaded: false, timedOut: false, why };
  };

  const askLeastLoaded = async (request: Request, signal?: AbortSignal) => {
    const lease = await pool.acquire(signal);
    let end: RequestEnd = "answered"; // also where the caller gave up, which is not the server's fault
    try {
      const outcome = await ask(lease.url, request, signal);
      end = endOf(outcome);
      return { outcome, url: lease.url };
    } finally {
      lease.release(end);
    }
  };

  return {
    model,
    identity: { api, model, revision, template_hash, sampling },
    concurrency: urls.length * options.max_concurrency,
    async complete(prompt, { signal, sampling: overrides, tools } = {}) {
      if (tools !== undefined && api === "completions") {
        const problem = `tools — expected none with api: completions, whose prompts have no template, got ${tools.length}`;
        throw new PreferenceError("E_REQUEST", [problem]);
      }
      const drawn = { ...sampling, ...overrides };
      const request = { ...requestBody({ ...options, sampling: drawn }, prompt, tools), n: drawn.n };
      for (let retry = 0; ; retry++) {
        const { outcome, url } = await askLeastLoaded(request, signal);
        if (outcome.kind === "answered") return outcome.completions;
        if (outcome.kind === "refused") {
          const problem = `${url} — expected an answer from ${model}, got ${outcome.why}`;
          throw new PreferenceError(hopeless(outcome.status) ? "E_PROVIDER" : "E_REQUEST", [problem]);
        }
        if (retry >= retries) {
          const problem = `${url} — expected an answer from ${model} in ${retries + 1} attempts, got ${outcome.why} at the last`;
          throw new PreferenceError("E_REQUEST", [problem]);
        }
        await sleep(retryDelay({ retry, backoff, after: outcome.after, uniform: random.next() }), signal);
      }
    },
  };
}
