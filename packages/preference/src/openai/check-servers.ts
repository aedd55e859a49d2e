import { z } from "zod";
import { PreferenceError } from "../errors.ts";
import type { Fetch } from "./fetch.ts";
import type { OpenAiOptions } from "./openai-options.ts";
import { parseCompletions } from "./parse-completions.ts";
import { requestBody } from "./request-body.ts";
import { sendRequest, type Attempt } from "./send-request.ts";
import { sleep as timerSleep, type Sleep } from "./sleep.ts";

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

export interface CheckServersOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal;
  /** For one request; default 60. */
  readonly timeoutSeconds?: number;
  readonly sleep?: Sleep;
}

/** A server that fails now and then is no reason to give up; one that is gone shows as well the third time. */
const attempts = 3;

/** Between attempts, in ms, where the server asks for no more. */
const pause = 300;

/**
 * Asks every server what would otherwise fail a thousand times: is it there, does it take the key, does it have the model, does it answer one token
 * (a server without a chat template does not). All problems at once.
 *
 * @throws PreferenceError E_PROVIDER, one problem for each server that would not do
 */
export async function checkServers(
  options: OpenAiOptions,
  { fetch, signal, timeoutSeconds = 60, sleep = timerSleep }: CheckServersOptions,
): Promise<void> {
  const { model, key, sampling } = options;
  const probe = requestBody({ ...options, sampling: { ...sampling, max_tokens: 1, n: 1 } }, [
    { role: "user", content: "Hello" },
  ]);
  const problemOf = async (base: string): Promise<string | undefined> => {
    const send = async (path: string, body?: unknown): Promise<Attempt> => {
      const url = `${base.replace(/\/+$/, "")}/${path}`;
      for (let attempt = 1; ; attempt++) {
        const outcome = checkReply(
          await sendRequest(fetch, { url, key, body, timeout: timeoutSeconds * 1000, signal }),
          body !== undefined,
        );
        const again = outcome.kind === "failed" && !outcome.timedOut;
        if (!again || attempt === attempts) return outcome;
        await sleep(Math.max(pause, outcome.after ?? 0), signal);
      }
    };
    const listed = await send("models");
    if (listed.kind === "failed" && !listed.why.startsWith("HTTP"))
      return `${base} — expected a server, got ${listed.why}`;
    if (listed.kind === "refused" && (listed.status === 401 || listed.status === 403))
      return `${base} — expected the key to be accepted, got ${listed.why}`;
    const ids = modelIds(listed);
    if (ids !== undefined && !ids.includes(model))
      return `${base} — expected the model ${model}, got ${ids.length === 0 ? "none" : ids.slice(0, 20).join(", ")}`;
    const answered = await send(probe.path, probe.body);
    return answered.kind === "reply" ? undefined : `${base} — expected ${model} to answer, got ${answered.why}`;
  };
  const problems = (await Promise.all(options.urls.map(problemOf))).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new PreferenceError("E_PROVIDER", problems);
}

/** A reply that is to hold a completion and does not has failed. */
function checkReply(outcome: Attempt, completes: boolean): Attempt {
  if (outcome.kind !== "reply" || !completes) return outcome;
  const parsed = parseCompletions(outcome.text, 1);
  if (!("problem" in parsed)) return outcome;
  return { kind: "failed", overloaded: false, timedOut: false, why: `another reply: ${parsed.problem}` };
}

/** Undefined where the server does not list its models; some do not. */
function modelIds(listed: Attempt): string[] | undefined {
  if (listed.kind !== "reply") return undefined;
  try {
    return modelList.parse(JSON.parse(listed.text)).data.map(({ id }) => id);
  } catch {
    return undefined;
  }
}
