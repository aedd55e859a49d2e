import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Check } from "@prefdelta/causal-lm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { hubForTests } from "../__fixtures__/hub-for-tests.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { spawnPda } from "../__fixtures__/spawn-pda.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { modelChecks } from "../doctor/model-checks.ts";

/** Seven processes are started, one after the other, on a machine that may be busy. */
const patience = { timeout: 300_000 };

interface Report {
  readonly model: string | null;
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const room = { free: 8 * 2 ** 30, memory: 8 * 2 ** 30 };
const stateOf = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name)?.state;

describe("the command", () => {
  test("looks at the machine and its runtimes where no model is named, and ends with 0", patience, async () => {
    const { code, stdout, stderr } = await runPda("doctor", "--json", "--quiet");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { model, ok, checks } = JSON.parse(stdout) as Report;
    expect({ model, ok }).toEqual({ model: null, ok: true });
    for (const check of checks) {
      expect(Object.keys(check).filter((key) => key !== "advice")).toEqual(["name", "state", "what"]);
      expect(["ok", "warning", "problem", "absent"]).toContain(check.state);
      expect(check.what).not.toContain("\n");
    }
    expect(checks.map(({ name }) => name)).toEqual([
      "node",
      "platform",
      "processors",
      "memory",
      "runtime onnx, provider cpu",
      "integer products (--storage w8a8)",
      "runtime onnx, provider webgpu",
      "runtime onnx, provider cuda",
      "runtime tensorflow",
      "runtime wasm",
      "runtime cpu",
      "runtime auto",
    ]);
    for (const name of ["runtime onnx, provider cpu", "runtime wasm", "runtime cpu", "runtime auto"]) {
      expect(stateOf(checks, name), name).toBe("ok");
    }
  });

  test(
    "as a process of its own: a readable list for a model that is right, and what is tried on stderr",
    patience,
    async () => {
      const { code, stdout, stderr } = await spawnPda(["doctor", tinyModel]).ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Machine\n {2}ok {7}node: /);
      expect(stdout).toMatch(/\n {2}ok {7}runtime auto: takes (onnx|tensorflow) .*GFLOP\/s in a product of 1024³/);
      expect(stdout).toContain(`\nModel ${tinyModel}\n  ok       config: qwen3, 2 layers of 40`);
      expect(stdout).toMatch(/\nno problems, (no|\d+) warnings?\n$/);
      // Nothing of what native libraries print.
      expect(stderr.split("\n").filter((line) => line !== "" && !/^trying runtime .* …$/.test(line))).toEqual([]);
    },
  );

  test("a model with a problem is printed all the same, and ends with 1", patience, async () => {
    const { code, stdout } = await runPda("doctor", "org/nothing", "--json", "--quiet");
    expect(code).toBe(1);
    const { ok, checks } = JSON.parse(stdout) as Report;
    expect(ok).toBe(false);
    expect(checks.at(-1)).toEqual({
      name: "folder",
      state: "problem",
      what: "org/nothing: expected a model folder, found nothing",
      advice: "hub:org/nothing names a model of the Hub",
    });
  });

  test.each([
    [["http://127.0.0.1:8000/v1"], /expected a model folder or hub:NAMESPACE\/NAME, found a server.*\[E_USAGE\]/],
    [["a", "b"], /b: one argument too many/],
    [["--runtime", "cpu"], /--runtime: unknown option/],
  ])("%j is refused with 2, before anything is tried", async (args, message) => {
    const { code, stdout, stderr } = await runPda("doctor", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("trying");
  });
});

describe("a model of the Hub", () => {
  const own = hubForTests();

  test("that is not there is the Hub's error", async () => {
    const { code, stderr } = await runPda("doctor", "hub:org/none");
    expect(code).toBe(1);
    expect(stderr).toMatch(/models\/org\/none@main.*\[E_HUB\]/);
    expect(own.hub.requests.length).toBeGreaterThan(0);
  });
});

describe("modelChecks", () => {
  let place: string;
  let folder: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "pda-doctor-"));
    folder = join(place, "model");
    await cp(tinyModel, folder, { recursive: true });
  });
  afterEach(() => rm(place, { recursive: true }));

  const edit = async (file: string, change: object): Promise<void> => {
    const path = join(folder, file);
    await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...change }));
  };
  const fixture = (name: string): string => tinyModel.replace("tiny-qwen3", name);
  const wrong = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await modelChecks(folder, room))
        .filter(({ state }) => state === "problem" || state === "warning")
        .map(({ name, state, what }) => [`${state}: ${name}`, what]),
    );

  test.each(["tiny-qwen3", "tiny-qwen2", "tiny-llama3", "tiny-smollm2"])("%s is right in all", async (name) => {
    const checks = await modelChecks(fixture(name), room);
    expect(checks.filter(({ state }) => state !== "ok").map((check) => `${check.name}: ${check.state}`)).toEqual([
      "chat template, tools: absent",
      "chat template, enable_thinking: absent",
    ]);
    expect(stateOf(checks, "memory to train, w8a8")).toBe("ok");
  });

  test("a missing template", async () => {
    await rm(join(folder, "chat_template.jinja"));
    expect(await wrong()).toEqual({
      "problem: chat template": `${folder}: chat template — expected one in tokenizer_config.json, got none`,
    });
  });

  test("a template whose prompt is not the beginning of prompt and answer", async () => {
    const path = join(folder, "chat_template.jinja");
    const template = await readFile(path, "utf8");
    await writeFile(path, template.replace("{% if add_generation_prompt %}", "$&<|endoftext|>"));
    const found = await wrong();
    expect(found["problem: chat template, prompt and answer"]).toMatch(
      /got another token \d+: the prompt has "<\|endoftext\|>" \(0\) in .*, prompt and answer have "<\|im_start\|>" \(1\) in /,
    );
  });

  test("ends of a turn that disagree", async () => {
    await edit("generation_config.json", { eos_token_id: 0 });
    expect(await wrong()).toEqual({
      "warning: tokenizer, end of a turn":
        "the tokenizer says <|im_end|> (2), generation_config.json says <|endoftext|> (0)",
    });
    await edit("tokenizer_config.json", { eos_token: "<|endoftext|>" });
    expect(Object.keys(await wrong())).toEqual([
      "warning: tokenizer, end of a turn",
      "problem: chat template, end of the answer",
    ]);
  });

  test("a missing shard", async () => {
    await rm(join(folder, "model.safetensors"));
    const weight_map = { "model.norm.weight": "model-00001-of-00001.safetensors" };
    await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
    expect((await wrong())["problem: weights"]).toContain('model-00001-of-00001.safetensors: "model.norm.weight"');
  });

  test("an unknown architecture: no memory is told, tokenizer and template are", async () => {
    await edit("config.json", { model_type: "mamba" });
    expect((await wrong())["problem: config"]).toContain("not a supported model config");
    const names = (await modelChecks(folder, room)).map(({ name }) => name);
    expect(names).toContain("chat template, answer");
    expect(names).not.toContain("memory to train");
  });

  test("a broken tokenizer: no template is tried, memory is told", async () => {
    await writeFile(join(folder, "tokenizer.json"), "{");
    expect((await wrong())["problem: tokenizer"]).toContain("tokenizer.json: expected a readable JSON file");
    const names = (await modelChecks(folder, room)).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("chat template"))).toEqual([]);
    expect(names).toContain("memory to train, f32");
  });
});
