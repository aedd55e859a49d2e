import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import type { Pair } from "@prefdelta/preference";
import { readPairs } from "@prefdelta/preference/node";
import { expect, it } from "vitest";
import { type DpoConfigInput, parseDpoConfig } from "./config.ts";
import type { LogRow } from "./log/trainer-log.ts";
import { trainDpo } from "./train.ts";

// libtensorflow is not where tests run: what it computed once is held against ONNX Runtime's run of today.
const folder = fileURLToPath(new URL("./__fixtures__/tensorflow", import.meta.url));
const base = fileURLToPath(new URL("../../../examples/miniature/models/seed-1/strong", import.meta.url));
const recorded = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as {
  readonly base_sha256: string;
  readonly settings: DpoConfigInput;
  readonly log: readonly LogRow[];
};

it("ten steps on onnx are the ten steps recorded on tensorflow", async ({ skip }) => {
  const lm = await loadCausalLm(base, { runtime: await createRuntime("onnx", { threads: 1 }) });
  if (lm.hash !== recorded.base_sha256) return skip("the miniature's models were made again: record the run again");
  const pairs: Pair[] = [];
  for await (const pair of readPairs(join(folder, "pairs.jsonl"))) pairs.push(pair);
  const outDir = await mkdtemp(join(tmpdir(), "tensorflow "));
  const rows: LogRow[] = [];
  const config = parseDpoConfig(recorded.settings);
  await trainDpo({ lm, pairs, config, outDir, onStep: ({ metrics }) => rows.push(metrics) });
  await lm.dispose();
  await rm(outDir, { recursive: true });

  expect(rows).toHaveLength(10);
  for (const [i, step] of recorded.log.entries()) {
    for (const [metric, value] of Object.entries(step)) {
      if (metric.endsWith("accuracies")) continue; // the sign of margins that begin at zero
      // Rewards are β times differences of log-probs of some ten nats, which begin at zero.
      const slack = metric.startsWith("rewards") ? 1e-4 : 1e-6;
      const difference = Math.abs(rows[i]![metric]! - value);
      expect(
        difference,
        `${metric} of step ${i + 1}: tensorflow ${value}, onnx ${rows[i]![metric]}`,
      ).toBeLessThanOrEqual(Math.max(1e-3 * Math.abs(value), slack));
    }
  }
});
