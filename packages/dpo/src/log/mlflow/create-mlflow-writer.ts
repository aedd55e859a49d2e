import { z } from "zod";
import { DpoError } from "../../errors.ts";
import type { MetricsWriter, RunEnd } from "../metrics-writer.ts";

/** What of `fetch` is used. */
type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<Response>;

interface MlflowOptions {
  /** The tracking server, e.g. http://127.0.0.1:5000. */
  readonly url: string;
  /** Made where it is not there. */
  readonly experiment: string;
  readonly runName: string;
  /** The run's settings. What is no text is written as JSON. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly fetch: Fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sent with every request, e.g. an Authorization. */
  readonly headers?: Readonly<Record<string, string>>;
}

const experimentAnswer = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const createdAnswer = z.object({ experiment_id: z.string() });
const runAnswer = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });

type Call = (path: string, body?: Readonly<Record<string, unknown>>) => Promise<unknown>;

const ABSENT = Symbol("absent");

/** Calls MLflow's REST API 2.0. @returns its answer, or ABSENT for a resource that is not there */
function caller({ url, fetch, headers = {} }: MlflowOptions): Call {
  return async (path, body) => {
    const where = `${url.replace(/\/+$/, "")}/api/2.0/mlflow/${path}`;
    const sent = body === undefined ? { method: "GET" } : { method: "POST", body: JSON.stringify(body) };
    const fail = (found: string, cause?: unknown): never => {
      throw new DpoError("E_TRACKER", `${where}: expected an answer of MLflow, got ${found}`, { cause });
    };
    const response = await fetch(where, { ...sent, headers: { "content-type": "application/json", ...headers } }).catch(
      (cause: unknown) => fail(String(cause), cause),
    );
    const text = await response.text();
    if (response.status === 404 && text.includes("RESOURCE_DOES_NOT_EXIST")) return ABSENT;
    if (!response.ok) fail(`${response.status} ${text.slice(0, 200)}`);
    return text === "" ? {} : JSON.parse(text);
  };
}

async function experimentId(call: Call, name: string): Promise<string> {
  const found = await call(`experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
  if (found !== ABSENT) return experimentAnswer.parse(found).experiment.experiment_id;
  return createdAnswer.parse(await call("experiments/create", { name })).experiment_id;
}

/** MLflow's names. */
const statusOf = { finished: "FINISHED", failed: "FAILED", stopped: "KILLED" } as const satisfies Record<
  RunEnd,
  string
>;

/** As protobuf's JSON has numbers: JSON's own has none that are not finite. */
const numberInJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** A batch takes a hundred params at most, of 6000 characters each. */
const [PARAMS, CHARACTERS] = [100, 6000];

function paramBatches(params: Readonly<Record<string, unknown>>): { key: string; value: string }[][] {
  const all = Object.entries(params).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return { key, value: text.slice(0, CHARACTERS) };
  });
  return Array.from({ length: Math.ceil(all.length / PARAMS) }, (_, i) => all.slice(i * PARAMS, (i + 1) * PARAMS));
}

/**
 * Writes a run to an MLflow tracking server over its REST API: a run of its own for each writer, its settings as params, one batch of metrics a row. A server that fails stops the
 * training with its answer; the checkpoint is kept.
 *
 * @throws {DpoError} E_TRACKER
 */
export async function createMlflowWriter(options: MlflowOptions): Promise<MetricsWriter> {
  const { now, runName, params = {} } = options;
  const call = caller(options);
  const experiment_id = await experimentId(call, options.experiment);
  const created = await call("runs/create", { experiment_id, run_name: runName, start_time: now() });
  const { run_id } = runAnswer.parse(created).run.info;
  for (const batch of paramBatches(params)) await call("runs/log-batch", { run_id, params: batch });
  return {
    async write({ step = 0, ...row }) {
      const timestamp = now();
      const metrics = Object.entries(row).map(([key, value]) => ({ key, value: numberInJson(value), timestamp, step }));
      await call("runs/log-batch", { run_id, metrics });
    },
    async close(end = "finished") {
      await call("runs/update", { run_id, status: statusOf[end], end_time: now() });
    },
  };
}
