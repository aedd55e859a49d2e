import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { deltaVerdicts, diagnosePairs, type Pair } from "@prefdelta/preference";
import { readPairsParquet } from "@prefdelta/preference/node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { startStandInHub, type StandInHub } from "../__fixtures__/stand-in-hub.ts";
import { tinyAdapter } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
let hub: StandInHub;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda push "));
  hub = await startStandInHub({ token: "hf_secret" });
  vi.stubEnv("HF_ENDPOINT", `${hub.url}/`);
  vi.stubEnv("HF_TOKEN", "hf_secret");
  vi.stubEnv("HF_HUB_OFFLINE", "0");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

const pairs = Array.from({ length: 5 }, (_, i): Pair => ({
  prompt: [{ role: "user", content: `q${i}` }],
  chosen: [{ role: "assistant", content: "because" }],
  rejected: [{ role: "assistant", content: "no" }],
  ...{ prompt_id: `q${i}`, chosen_model: "org/weak", rejected_model: "org/weaker" },
}));

async function writeSet(name: string, rows: readonly Pair[]): Promise<void> {
  await mkdir(at(name), { recursive: true });
  await writeFile(join(at(name), "pairs.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const diagnostics = diagnosePairs(rows);
  await writeFile(
    join(at(name), "diagnostics.json"),
    JSON.stringify({ ...diagnostics, verdicts: deltaVerdicts(diagnostics) }),
  );
}

test("pairs arrive as a data set that reads back as they were, with a card", async () => {
  await writeSet("out/upper", pairs);
  await writeSet("out/lower", pairs.slice(0, 2));
  const { code, stdout, stderr } = await runPda("push", at("out"), "--repo", "org/ladder", "--private", "--json");
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: "lower: 2 pairs\nupper: 5 pairs\n" });
  expect(JSON.parse(stdout)).toMatchObject({
    type: "dataset",
    commit: `${hub.url}/datasets/org/ladder/commit/c0ffee`,
    rows: { lower: 2, upper: 5 },
  });
  const files = hub.repos.get("datasets/org/ladder")!;
  const shard = (name: string) => `data/${name}/train-00000-of-00001.parquet`;
  expect([...files.keys()].toSorted()).toEqual(["README.md", shard("lower"), shard("upper")]);
  const card = files.get("README.md")!.toString();
  expect(card).toMatch(/^---\npretty_name: "ladder"\n/);
  expect(card).toContain('path: "data/upper/train-*.parquet"');
  expect(card).toContain("- lower: only 2 pairs");
  await writeFile(at("back.parquet"), files.get(shard("upper"))!);
  const back: Pair[] = [];
  for await (const pair of readPairsParquet(at("back.parquet"))) back.push(pair);
  expect(back).toEqual(pairs);

  // A second time the repository is there; shards of a longer set are not left in it.
  files.set("data/default/train-00001-of-00002.parquet", Buffer.from("of a longer set"));
  expect(await runPda("push", join(at("out/upper"), "pairs.jsonl"), "--repo", "org/ladder")).toMatchObject({
    code: 0,
    stdout: `→ ${hub.url}/datasets/org/ladder/commit/c0ffee\n`,
  });
  expect([...files.keys()].filter((file) => file.startsWith("data/default"))).toEqual([shard("default")]);
});

test("an adapter arrives as a model, byte for byte", async () => {
  expect(await runPda("push", tinyAdapter, "--repo", "org/delta")).toMatchObject({ code: 0 });
  const files = hub.repos.get("models/org/delta")!;
  for (const name of ["adapter_config.json", "adapter_model.safetensors"])
    expect(files.get(name)).toEqual(await readFile(join(tinyAdapter, name)));
});

test("what is missing or refused is said in one line, and nothing is sent", async () => {
  await writeSet("out", pairs);
  const failed = async (...args: string[]) => {
    const { code, stderr } = await runPda("push", ...args);
    expect(code).not.toBe(0);
    return stderr;
  };
  expect(await failed(at("out"), "--repo", "ladder")).toContain("--repo: expected NAMESPACE/NAME, found ladder");
  expect(await failed(at("none"), "--repo", "org/x")).toContain("expected pairs or an adapter, found nothing");
  await mkdir(at("empty"));
  expect(await failed(at("empty"), "--repo", "org/x")).toContain("expected a pairs.jsonl, or a folder with pairs");
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  expect(await failed(at("out"), "--repo", "org/x")).toContain("HF_HUB_OFFLINE is set");
  vi.stubEnv("HF_HUB_OFFLINE", "");
  vi.stubEnv("HF_TOKEN", "");
  vi.stubEnv("HF_HOME", folder);
  expect(await failed(at("out"), "--repo", "org/x")).toContain("expected a token of the Hub in HF_TOKEN");
  expect(hub.requests).toEqual([]);
  await writeFile(at("token"), "hf_wrong\n");
  expect(await failed(at("out"), "--repo", "org/x")).toMatch(/making org\/x — .*Invalid credentials.*\[E_HUB\]/s);
  expect(hub.repos.size).toBe(0);
});
