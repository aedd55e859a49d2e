import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { hubForTests } from "../__fixtures__/hub-for-tests.ts";
import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

const own = hubForTests();

async function put(name: string, from: string): Promise<void> {
  const names = (await readdir(from, { withFileTypes: true })).filter((one) => one.isFile()).map((one) => one.name);
  const files = await Promise.all(names.map(async (one) => [one, await readFile(join(from, one))] as const));
  own.hub.repos.set(`models/${name}`, new Map([...files, ["onnx/model.safetensors", Buffer.from("not needed")]]));
}

test("a model and an adapter of the Hub are evaluated as the folders they are, and brought once", async () => {
  await put("org/tiny", tinyModel);
  await put("org/lora", tinyAdapter);
  await writeFile(join(own.folder, "math.jsonl"), '{"question": "1 + 1?", "answer": "#### 2"}\n');
  const task = ["--task", "gsm8k", "--data", join(own.folder, "math.jsonl"), "--num-fewshot", "0", "--runtime", "onnx"];
  const run = (out: string, model: string, adapter: string) =>
    runPda("eval", model, "--adapter", adapter, ...task, "--out", join(own.folder, out));
  expect(await run("hub", "hub:org/tiny", "hub:org/lora@main")).toMatchObject({ code: 0 });
  const brought = own.hub.requests.filter((one) => one.includes("/resolve/"));
  expect(brought.some((one) => one.includes("onnx/"))).toBe(false);
  expect(await run("again", "hub:org/tiny", "hub:org/lora")).toMatchObject({ code: 0 });
  expect(own.hub.requests.filter((one) => one.includes("/resolve/"))).toHaveLength(brought.length);
  expect(await run("here", tinyModel, tinyAdapter)).toMatchObject({ code: 0 });
  const samples = (out: string) => readFile(join(own.folder, out, "samples_gsm8k.jsonl"), "utf8");
  expect(await samples("hub")).toBe(await samples("here"));
  const configOf = async (out: string) =>
    (JSON.parse(await readFile(join(own.folder, out, "results.json"), "utf8")) as { config: Record<string, string> })
      .config;
  expect((await configOf("hub"))["adapter_sha256"]).toBe((await configOf("here"))["adapter_sha256"]);
  expect((await run("none", "hub:org/none", "base")).stderr).toMatch(/models\/org\/none@main.*\[E_HUB\]/);
});
