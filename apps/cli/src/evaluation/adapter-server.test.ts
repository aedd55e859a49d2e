import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { loraFromAdapter } from "@prefdelta/causal-lm";
import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { scaleDelta } from "@prefdelta/merge";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import {
  type Body,
  type CompletionsServer,
  serveCompletions,
  type ServedRequest,
} from "../__fixtures__/completions-server.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { openEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { engineOptionsSchema } from "../engine/engine-options.ts";
import { parseGgufAdapters } from "./adapter-server.ts";

let engine: Engine;
let lm: CausalLm;
let folder: string;
let server: CompletionsServer;
beforeAll(async () => {
  engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  lm = await engine.model(tinyModel);
});
afterAll(() => engine.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-adapters-"));
  const rows = ["a", "b", "c"].map((q) => ({
    question: `${q}?`,
    choices: { text: ["x", "y"], label: ["A", "B"] },
    answerKey: "A",
  }));
  await writeFile(at("arc.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  await writeFile(at("math.jsonl"), '{"question": "1 + 1?", "answer": "#### 2"}\n');
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const evaluate = (out: string, ...more: string[]) =>
  runPda("eval", "--task", "arc_easy", "--data", at("arc.jsonl"), "--out", at(out), ...more);
const behind = () => ["--server", server.url, "--model", "org/tiny", "--retries", "0"];
const samples = (path: string) => readFile(join(at(path), "samples_arc_easy.jsonl"), "utf8");
const likelihoods = async (path: string) =>
  (await samples(path))
    .trimEnd()
    .split("\n")
    .flatMap((line) =>
      (JSON.parse(line) as { filtered_resps: [number, boolean][] }).filtered_resps.map(([value]) => value),
    );
const configOf = async (path: string) =>
  (JSON.parse(await readFile(join(at(path), "results.json"), "utf8")) as { config: Record<string, unknown> }).config;

/** Loads and unloads as the servers' documentation says: vLLM in words below /v1, SGLang in JSON below the root. */
function hotLoading(kind: "vllm" | "sglang", { refuses = false } = {}) {
  const held = new Map<string, LoraWeights>();
  const told: string[] = [];
  const below = kind === "vllm" ? "/v1" : "";
  const weights = new Map<string, LoraWeights>();
  const route = ({ path, body }: ServedRequest) => {
    if (path === "/v1/models") {
      const list = ["org/tiny", ...held.keys()].map((id) => ({ id, object: "model", owned_by: kind }));
      return { text: JSON.stringify({ object: "list", data: list }) };
    }
    const { lora_name: name, lora_path: from } = body as { lora_name: string; lora_path: string };
    if (path === `${below}/load_lora_adapter`) {
      if (refuses || held.has(name))
        return { status: 400, text: '{"message": "rank 64 is greater than max_lora_rank 16"}' };
      told.push(`+${name}`);
      held.set(name, weights.get(from)!);
      return { text: kind === "vllm" ? `Success: LoRA adapter '${name}' added successfully.` : '{"success": true}' };
    }
    if (path === `${below}/unload_lora_adapter`) {
      told.push(`-${name}`);
      held.delete(name);
      return { text: kind === "vllm" ? `Success: LoRA adapter '${name}' removed successfully.` : '{"success": true}' };
    }
    return path.startsWith("/v1/c") ? undefined : { status: 404, text: '{"detail": "Not Found"}' };
  };
  const loraOf = ({ model }: Body): LoraWeights | undefined => {
    if (model === "org/tiny") return undefined;
    const found = held.get(kind === "vllm" ? model : model.replace("org/tiny:", ""));
    if (found === undefined) throw new Error(`no ${model}`);
    return found;
  };
  const know = async (path: string) => void weights.set(path, loraFromAdapter(lm.config, await loadAdapter(path)));
  return { route, loraOf, know, told, held };
}

test.each(["vllm", "sglang"] as const)(
  "%s loads each adapter under its hash, answers as it, and is left as it was",
  async (kind) => {
    const { route, loraOf, know, told, held } = hotLoading(kind);
    await know(tinyAdapter);
    server = await serveCompletions(lm, { route, loraOf });
    const both = ["--adapter", "base", "--adapter", tinyAdapter];
    const { code, stderr } = await evaluate("served", ...behind(), ...both);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`runtime: ${kind} at`) as string,
    });
    expect(
      (
        await runPda(
          "eval",
          tinyModel,
          "--task",
          "arc_easy",
          "--data",
          at("arc.jsonl"),
          "--out",
          at("local"),
          ...both,
          "--runtime",
          "onnx",
          "--threads",
          "1",
        )
      ).code,
    ).toBe(0);
    for (const name of ["base", "adapter"]) {
      const [ours, theirs] = [await likelihoods(`local/${name}`), await likelihoods(`served/${name}`)];
      ours.forEach((value, i) => expect(theirs[i]).toBeCloseTo(value, 4));
    }
    expect(await likelihoods("served/base")).not.toEqual(await likelihoods("served/adapter"));
    const { adapter_sha256: hash, adapter, server: url } = await configOf("served/adapter");
    expect({ adapter, url }).toEqual({ adapter: tinyAdapter, url: server.url });
    expect(hash).toBe((await configOf("local/adapter"))["adapter_sha256"]);
    const name = `adapter-${(hash as string).slice(0, 16)}`;
    expect(told).toEqual([`+${name}`, `-${name}`]);
    expect(held.size).toBe(0);
  },
);

test("another content is another adapter; one that a killed run left is used as it is, and unloaded", async () => {
  const { route, loraOf, know, told, held } = hotLoading("vllm");
  const copy = at("adapter");
  await cp(tinyAdapter, copy, { recursive: true });
  await know(copy);
  server = await serveCompletions(lm, { route, loraOf });
  expect((await evaluate("one", ...behind(), "--adapter", copy)).code).toBe(0);
  const [name] = told.map((one) => one.slice(1));
  held.set(name!, loraFromAdapter(lm.config, await loadAdapter(copy)));
  expect((await evaluate("two", ...behind(), "--adapter", copy)).code).toBe(0);
  expect(told.slice(2)).toEqual([`-${name}`]);
  await writeFile(join(copy, "adapter_config.json"), `${await readFile(join(copy, "adapter_config.json"), "utf8")}\n`);
  expect((await evaluate("three", ...behind(), "--adapter", copy)).code).toBe(0);
  expect(told[3]).toMatch(/^\+adapter-[0-9a-f]{16}$/);
  expect(told[3]).not.toBe(`+${name}`);
});

test("llama-server is asked for the strengths of what it was started with", async () => {
  const asked: unknown[] = [];
  const half = loraFromAdapter(lm.config, scaleDelta(await loadAdapter(tinyAdapter), 0.5));
  const route = ({ path }: ServedRequest) => {
    if (path === "/v1/models") return { text: JSON.stringify({ data: [{ id: "tiny.gguf", owned_by: "llamacpp" }] }) };
    const list = ["/models/a.gguf", "/models/b.gguf"].map((one, id) => ({ id, path: one, scale: 1 }));
    return path === "/lora-adapters" ? { text: JSON.stringify(list) } : undefined;
  };
  server = await serveCompletions(lm, {
    route,
    loraOf: ({ lora }) => {
      asked.push(lora);
      return lora?.[1]?.scale === 0.5 ? half : undefined;
    },
  });
  for (const name of ["a.gguf", "b.gguf"]) await writeFile(at(name), name);
  const sum = `${at("a.gguf")}@2+${at("b.gguf")}@0.5`;
  const math = ["--task", "gsm8k", "--data", `gsm8k=${at("math.jsonl")}`, "--num-fewshot", "0", "--out", at("out")];
  const { code, stderr } = await runPda("eval", ...behind(), ...math, "--adapter", "base", "--adapter", sum);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(asked).toEqual([
    [
      { id: 0, scale: 0 },
      { id: 1, scale: 0 },
    ],
    [
      { id: 0, scale: 2 },
      { id: 1, scale: 0.5 },
    ],
  ]);
  expect(await configOf(`out/${basename(sum)}`)).toMatchObject({
    adapter: sum,
    adapter_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect((await evaluate("no", ...behind(), "--adapter", tinyAdapter)).stderr).toMatch(
    /expected FILE\.gguf\[@SCALE\] for llama-server.*\[E_USAGE\]/,
  );
  await writeFile(at("c.gguf"), "");
  expect((await evaluate("no", ...behind(), "--adapter", at("c.gguf"))).stderr).toMatch(
    /expected .*c\.gguf.*found \/models\/a\.gguf, \/models\/b\.gguf \[E_SERVERS\]/,
  );
});

test("a server that will not load says why; one that is not there is told", async () => {
  const { route, loraOf } = hotLoading("vllm", { refuses: true });
  server = await serveCompletions(lm, { route, loraOf });
  expect((await evaluate("out", ...behind(), "--adapter", tinyAdapter)).stderr).toMatch(
    /expected .*adapter to be loaded, got status 400: .*max_lora_rank 16.*VLLM_ALLOW_RUNTIME_LORA_UPDATING=True \[E_SERVERS\]/,
  );
  const { port } = server;
  await server.close();
  const gone = ["--server", `http://127.0.0.1:${port}/v1`, "--model", "m", "--adapter", tinyAdapter];
  expect((await evaluate("out", ...gone)).stderr).toMatch(
    /\/v1\/models: expected an answer, got .*ECONNREFUSED.*\[E_SERVERS\]/,
  );
});

test("GGUF files carry their strengths", () => {
  expect(parseGgufAdapters("a+b.gguf@-0.5+c/d.gguf")).toEqual([
    { file: "a+b.gguf", scale: -0.5 },
    { file: "c/d.gguf", scale: 1 },
  ]);
  expect(parseGgufAdapters("folder")).toBeUndefined();
  expect(parseGgufAdapters("a.gguf+folder")).toBeUndefined();
});
