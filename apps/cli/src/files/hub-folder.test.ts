import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { loadAdapter } from "@prefdelta/lora/node";
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

test("merge, inspect, lint and export take them, too, by the names that they were given", async () => {
  await put("org/tiny", tinyModel);
  await put("org/lora", tinyAdapter);
  const at = (name: string): string => join(own.folder, name);
  const same = async (one: string, other: string): Promise<void> => {
    for (const name of (await readdir(at(one))).filter((file) => file !== "README.md"))
      expect(await readFile(join(at(one), name)), name).toEqual(await readFile(join(at(other), name)));
  };
  const pair = ["hub:org/lora", "hub:org/lora@main"];
  const drift = ["--method", "gam", "--set", "form=drift", "--initial"];
  const merged = await runPda("merge", ...pair, ...drift, "hub:org/lora", "--out", at("hub"), "--json");
  expect(merged).toMatchObject({ code: 0, stderr: "" });
  const { summary } = (JSON.parse(merged.stdout) as { report: { summary: { sources: { name: string }[] } } }).report;
  expect(summary.sources.map(({ name }) => name)).toEqual(pair);
  await runPda("merge", tinyAdapter, tinyAdapter, ...drift, tinyAdapter, "--out", at("here"));
  const factors = async (name: string) => (await loadAdapter(at(name))).modules;
  expect(await factors("hub")).toEqual(await factors("here"));
  await runPda("merge", "hub:org/lora", "--into-base", "hub:org/tiny", "--out", at("hub-model"));
  expect(await runPda("merge", tinyAdapter, "--into-base", tinyModel, "--out", at("model"))).toMatchObject({ code: 0 });
  // After the header, which names the sources.
  const weights = async (name: string): Promise<Buffer> => {
    const bytes = await readFile(join(at(name), "model.safetensors"));
    return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
  };
  expect(await weights("hub-model")).toEqual(await weights("model"));

  expect((await runPda("inspect", "hub:org/lora")).stdout).toMatch(/^hub:org\/lora +14 /m);
  const json = async (adapter: string) => JSON.parse((await runPda("lint", adapter, "--json")).stdout) as object;
  expect(await json("hub:org/lora")).toEqual({ ...(await json(tinyAdapter)), adapter: "hub:org/lora" });
  const portable = (adapter: string, out: string) => runPda("export", adapter, "--to", "portable", "--out", at(out));
  await portable("hub:org/lora", "hub-portable");
  await portable(tinyAdapter, "portable");
  await same("hub-portable", "portable");
  const gguf = ["--to", "gguf", "--base", "hub:org/tiny", "--out", at("lora.gguf")];
  expect(await runPda("export", "hub:org/lora", ...gguf)).toMatchObject({ code: 0, stderr: "" });
  for (const args of [
    ["merge", "hub:org/none", "--out", at("none")],
    ["inspect", "hub:org/none"],
    ["lint", "hub:org/none"],
  ])
    expect((await runPda(...args)).stderr).toMatch(/models\/org\/none@main.*\[E_HUB\]/);
});
