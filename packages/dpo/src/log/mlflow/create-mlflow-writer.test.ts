import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createMlflowWriter } from "./create-mlflow-writer.ts";

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

let server: Server;
let url: string;
let requests: Request[];
/** Experiments that the stand-in knows, by name. */
let experiments: Record<string, string>;
let isBroken: boolean;

beforeEach(async () => {
  [requests, experiments, isBroken] = [[], { known: "7" }, false];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const path = request.url!.replace("/api/2.0/mlflow/", "");
      const { authorization } = request.headers;
      requests.push({ method: request.method!, path, body: text === "" ? undefined : JSON.parse(text), authorization });
      const [status, answer] = answerTo(path);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  server.close();
});

/** What MLflow 3 answers, as far as the writer reads it. */
function answerTo(path: string): [number, unknown] {
  if (isBroken) return [500, { error_code: "INTERNAL_ERROR", message: "disk full" }];
  const name = /get-by-name\?experiment_name=(.*)$/.exec(path)?.[1];
  if (name !== undefined) {
    const experiment_id = experiments[decodeURIComponent(name)];
    if (experiment_id === undefined) return [404, { error_code: "RESOURCE_DOES_NOT_EXIST", message: "none" }];
    return [200, { experiment: { experiment_id, name } }];
  }
  if (path === "experiments/create") return [200, { experiment_id: "8" }];
  if (path === "runs/create") return [200, { run: { info: { run_id: "r1" }, data: {} } }];
  return [200, {}];
}

const open = (experiment: string, headers: Record<string, string> = {}) => {
  let time = 1000;
  return createMlflowWriter({ url, experiment, runName: "sums", fetch, now: () => time++, headers });
};

it("writes a run of its own into an experiment that is there", async () => {
  const writer = await open("known", { authorization: "Bearer x" });
  await writer.write({ step: 3, loss: 0.5, "rewards/margins": 1 });
  await writer.close();
  const metric = (key: string, value: number) => ({ key, value, timestamp: 1001, step: 3 });
  expect(requests.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["GET", "experiments/get-by-name?experiment_name=known", undefined],
    ["POST", "runs/create", { experiment_id: "7", run_name: "sums", start_time: 1000 }],
    ["POST", "runs/log-batch", { run_id: "r1", metrics: [metric("loss", 0.5), metric("rewards/margins", 1)] }],
    ["POST", "runs/update", { run_id: "r1", status: "FINISHED", end_time: 1002 }],
  ]);
  expect(requests.every(({ authorization }) => authorization === "Bearer x")).toBe(true);
});

it("writes settings as params, a hundred at a time, and numbers that are not finite by name", async () => {
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`p${i}`, i]));
  const params = { ...many, loss_type: ["sigmoid", "sft"], note: "plain", max_length: null };
  const writer = await createMlflowWriter({ url, experiment: "known", runName: "x", fetch, now: () => 1, params });
  await writer.write({ step: 1, loss: Number.NaN, margin: -Infinity });
  await writer.close();
  const bodies = requests.slice(2).map(({ body }) => body as Record<string, { key: string; value: unknown }[]>);
  expect(bodies[0]!["params"]).toHaveLength(100);
  expect(bodies[0]!["params"]!.at(-1)).toEqual({ key: "loss_type", value: '["sigmoid","sft"]' });
  expect(bodies[1]!["params"]).toEqual([
    { key: "note", value: "plain" },
    { key: "max_length", value: "null" },
  ]);
  expect(bodies[2]!["metrics"]!.map(({ value }) => value)).toEqual(["NaN", "-Infinity"]);
});

it.each([
  ["finished", "FINISHED"],
  ["failed", "FAILED"],
  ["stopped", "KILLED"],
] as const)("says how a run ended: %s", async (end, status) => {
  await (await open("known")).close(end);
  expect(requests.at(-1)).toMatchObject({ path: "runs/update", body: { run_id: "r1", status } });
});

it("makes the experiment where it is not there", async () => {
  await open("a new one");
  expect(requests.map(({ path }) => path)).toEqual([
    "experiments/get-by-name?experiment_name=a%20new%20one",
    "experiments/create",
    "runs/create",
  ]);
  expect(requests[2]!.body).toMatchObject({ experiment_id: "8" });
});

it("says what the server said, or that there is none", async () => {
  const writer = await open("known");
  isBroken = true;
  await expect(writer.write({ step: 1, loss: 1 })).rejects.toMatchObject({
    code: "E_TRACKER",
    message: expect.stringMatching(/runs\/log-batch: expected an answer of MLflow, got 500 .*disk full/) as string,
  });
  server.close();
  server.closeAllConnections();
  await expect(open("known")).rejects.toMatchObject({ code: "E_TRACKER" });
});
