import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadCausalLm } from "./load-causal-lm.ts";
import { createRuntime } from "./runtime/create-runtime.ts";

const fixture = fileURLToPath(new URL("./__fixtures__/tiny-qwen3", import.meta.url));
const runtime = await createRuntime("onnx");

describe("loadCausalLm", () => {
  let place: string;
  let folder: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "model "));
    folder = join(place, "tiny");
    await cp(fixture, folder, { recursive: true });
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  const failure = async (): Promise<{ code: string; message: string }> => {
    const error = await loadCausalLm(folder, { runtime }).then(
      () => expect.fail("expected an error"),
      (error: unknown) => error as { code: string; message: string },
    );
    return error;
  };
  const editConfig = async (change: object): Promise<void> => {
    const path = join(folder, "config.json");
    await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...change }));
  };

  it("identifies a model by its config and weights", async () => {
    const first = await loadCausalLm(folder, { runtime });
    expect((await loadCausalLm(fixture, { runtime })).hash).toBe(first.hash);
    await editConfig({ rms_norm_eps: 1e-5 });
    expect((await loadCausalLm(folder, { runtime })).hash).not.toBe(first.hash);
  });

  it("names a folder that is no model", async () => {
    folder = join(folder, "absent");
    expect(await failure()).toMatchObject({
      code: "E_MODEL_FILE",
      message: expect.stringContaining(join(folder, "config.json")) as string,
    });
  });

  it("says how much of a truncated checkpoint is there", async () => {
    const path = join(folder, "model.safetensors");
    await truncate(path, 100_000);
    const { message } = await failure();
    expect(message).toContain(path);
    expect(message).toMatch(/expected 177\d{3} bytes.*found 100000/);
  });

  it("lists every tensor that does not fit the config", async () => {
    await editConfig({ intermediate_size: 96, num_hidden_layers: 3 });
    const { code, message } = await failure();
    expect(code).toBe("E_CHECKPOINT");
    expect(message).toContain("model.layers.0.mlp.down_proj.weight — expected [40,96], got [40,64]");
    expect(message).toContain("model.layers.2.input_layernorm.weight — expected [40], got nothing");
  });

  it("names a tokenizer file that is absent", async () => {
    await rm(join(folder, "tokenizer.json"));
    expect(await failure()).toMatchObject({
      code: "E_MODEL_FILE",
      message: expect.stringContaining("tokenizer.json") as string,
    });
  });

  it("says so when a conversation is to be rendered without a template", async () => {
    await rm(join(folder, "chat_template.jinja"));
    const lm = await loadCausalLm(folder, { runtime });
    expect(() => lm.tokenizer.applyChatTemplate([])).toThrow(expect.objectContaining({ code: "E_TEMPLATE" }));
  });
});
