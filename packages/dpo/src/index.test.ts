import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("has these public names", async () => {
  expect(Object.keys(await import("./index.ts")).toSorted()).toEqual([
    "DpoError",
    "checkTemplate",
    "clipGradients",
    "configuredLoss",
    "createLoss",
    "createMlflowWriter",
    "createTensorBoardWriter",
    "createWandbWriter",
    "dpoConfigSchema",
    "encodePairs",
    "flattenFactors",
    "initAdamW",
    "losses",
    "mixLosses",
    "mixPairs",
    "oldNameWarnings",
    "pairFromRow",
    "parseDpoConfig",
    "planBatches",
    "readTrainerLog",
    "readTrainingPairs",
    "referenceLogProbs",
    "resolveDpoConfig",
    "runVerdicts",
    "schedules",
    "trainDpo",
    "updateAdamW",
  ]);
});

it("the README's example prints what the README says", () => {
  const [, example, output] = /```ts\n(.*?)```\n+```text\n(.*?)```/s.exec(readme)!;
  const scratch = mkdtempSync(join(tmpdir(), "dpo-readme-"));
  // The example's model is large and its output would stay: a tiny one, and a scratch folder.
  const tiny = fileURLToPath(new URL("../../causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url));
  const program = example!
    .replace('"models/Qwen3-0.6B"', JSON.stringify(tiny))
    .replace('"runs/sums"', JSON.stringify(join(scratch, "sums")));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@prefdelta/source", "--input-type=module-typescript", "--eval", program],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );
  rmSync(scratch, { recursive: true });
  expect(stdout, stderr).toBe(output);
});

it("the README lists every error code and setting", async () => {
  const source = readFileSync(new URL("errors.ts", import.meta.url), "utf8");
  const codes = source.match(/"E_\w+"/g)!.map((quoted) => quoted.slice(1, -1));
  const { parseDpoConfig } = await import("./index.ts");
  const settings = Object.keys(parseDpoConfig({}));
  expect([...codes, ...settings].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
