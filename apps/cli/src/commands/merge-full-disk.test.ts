import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

/** Of another rank than the tiny adapter, by PEFT; its merge with that one takes more than the disk has. */
const peftAdapter = fileURLToPath(new URL("../../../../packages/lora/src/__fixtures__/qwen3", import.meta.url));

/** A real file system of 40 KB, if this user may mount one. */
const folder = await mkdtemp(join(tmpdir(), "pda-full-disk-"));
const [disk, base] = [join(folder, "disk"), join(folder, "base")];
await mkdir(disk);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=40k", "tmpfs", disk], { encoding: "utf8" });
const reason = mounted.status === 0 ? undefined : (mounted.error?.message ?? mounted.stderr.trim());
if (reason !== undefined) process.stderr.write(`not tried on a full disk, since none can be mounted: ${reason}\n`);

beforeAll(async () => {
  await writeFile(join(folder, "two.yaml"), "methods: [{method: task_arithmetic, rank: 2}, core]\n");
  await mkdir(base);
  for (const name of ["config.json", "model.safetensors"]) await copyFile(join(tinyModel, name), join(base, name));
});
afterAll(async () => {
  if (reason === undefined) spawnSync("umount", [disk]);
  await rm(folder, { recursive: true });
});

const out = join(disk, "out");
const merge = ["merge", tinyAdapter, peftAdapter, "--out", out] as const;
const full = "expected to write the file, found ENOSPC";
const weights = new RegExp(
  `^pda: ${out}: expected to write the folder, found: ${out}/adapter_model.safetensors: tensor "base_model\\.model\\.\\S+\\.lora_[AB]\\.weight": ${full}`,
);

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly message: RegExp;
  /** Of the disk, before: what one adapter makes is smaller than what two make. */
  readonly takenKilobytes?: number;
}

const cases: readonly Case[] = [
  { what: "a merge module by module", args: merge, message: weights },
  { what: "a merge with its diagnostics", args: [...merge, "--json"], message: weights },
  { what: "a merge in memory", args: [...merge, "--method", "lego", "--set", "clusters=8"], message: weights },
  { what: "a merge of entries", args: [...merge, "--method", "ties"], message: weights },
  {
    what: "a merge that fits but for its card",
    args: ["merge", tinyAdapter, "--rank", "4", "--out", out],
    message: new RegExp(`^pda: ${out}: expected to write the folder, found: ${out}/\\w+\\.(json|md): ${full}`),
    takenKilobytes: 12,
  },
  {
    what: "a model with the update in it",
    args: [...merge, "--into-base", base],
    message: new RegExp(`^pda: ${out}: .*, found: ${out}/model.safetensors: tensor "\\S+": ${full}`),
  },
  {
    what: "a model whose other files are too large",
    args: [...merge, "--into-base", tinyModel],
    message: new RegExp(`^pda: ${out}: .*, found: ENOSPC: .* copyfile '.*' -> '${out}/golden.json'`),
  },
  {
    what: "a sweep, whose merges are written at the same time",
    args: [...merge, "--config", join(folder, "two.yaml")],
    message: new RegExp(`^pda: ${out}\\.unfinished/result/(task_arithmetic|core): .*: ${full}`),
  },
  {
    what: "an export",
    args: ["export", peftAdapter, "--to", "portable", "--out", out],
    message: weights,
    takenKilobytes: 32,
  },
  {
    what: "a GGUF file",
    args: ["export", peftAdapter, "--to", "gguf", "--base", tinyModel, "--out", `${out}.gguf`],
    message: new RegExp(`^pda: ${out}.gguf: expected to write the file, found: ENOSPC`),
    takenKilobytes: 32,
  },
];

describe.skipIf(reason !== undefined)("a full disk", () => {
  test.each(cases)("leaves nothing of $what, and says what could not be written", async (one) => {
    const ballast = join(disk, "ballast");
    await writeFile(ballast, new Uint8Array(1024 * (one.takenKilobytes ?? 0)));
    const { code, stderr } = await runPda(...one.args);
    expect(stderr).toMatch(one.message);
    expect(code).toBe(1);
    expect(await readdir(disk)).toEqual(["ballast"]);
    await rm(ballast);
  });

  test("keeps the adapter that the new one was to replace", async () => {
    const one = ["merge", tinyAdapter, "--rank", "1", "--out", out];
    expect((await runPda(...one)).code).toBe(0);
    const before = await readdir(out);
    expect((await runPda(...merge)).stderr).toMatch(weights);
    expect([await readdir(disk), await readdir(out)]).toEqual([["out"], before]);
    expect((await runPda("inspect", out)).code).toBe(0);
  });
});
