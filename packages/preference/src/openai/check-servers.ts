import { z } from "zod";
import { PreferenceError } from "../errors.ts";
import type { Fetch } from "./fetch.ts";
import type { OpenAiOptions } from "./openai-options.ts";
import { parseCompletions } from "./parse-completions.ts";
import { requestBody } from "./request-body.ts";
import { sendRequest, type Attempt } from "./send-request.ts";

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

export interface CheckServersOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal;
  /** For one request; default 60. */
  readonly timeoutSeconds?: number;
}

/**
 * Asks every server what would otherwise fail a thousand times: is it there, does it take the key, does it have the model, does it answer one token
 * (a server without a chat template does not). All problems at once.
 *
 * @throws PreferenceError E_PROVIDER, one problem for each server that would not do
 */
export async function checkServers(
  options: OpenAiOptions,
  { fetch, signal, timeoutSeconds = 60 }: CheckServersOptions,
): Promise<void> {
  const { model, key, sampling } = options;
  const probe = requestBody({ ...options, sampling: { ...sampling, max_tokens: 1, n: 1 } }, [
    { role: "user", content: "Hello" },
  ]);
  const problemOf = async (base: string): Promise<string | undefined> => {
    const send = (path: string, body?: unknown) =>
      sendRequest(fetch, {
        url: `${base.replace(/\/+$/, "")}/${path}`,
        key,
        body,
        timeout: timeoutSeconds * 1000,
        signal,
      });
    const listed = await send("models");
    if (listed.kind === "failed" && !listed.why.startsWith("HTTP"))
      return `${base} — expected a server, got ${listed.why}`;
    if (listed.kind === "refused" && (listed.status === 401 || listed.status === 403))
      return `${base} — expected the key to be accepted, got ${listed.why}`;
    const ids = modelIds(listed);
    if (ids !== undefined && !ids.includes(model))
      return `${base} — expected the model ${model}, got ${ids.length === 0 ? "none" : ids.slice(0, 20).join(", ")}`;
    const answered = await send(probe.path, probe.body);
    if (answered.kind !== "reply") return `${base} — expected ${model} to answer, got ${answered.why}`;
    const parsed = parseCompletions(answered.text, 1);
    return "problem" in parsed ? `${base}/${probe.path} — ${parsed.problem}` : undefined;
  };
  const problems = (await Promise.all(options.urls.map(problemOf))).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new PreferenceError("E_PROVIDER", problems);
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
