import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { loadAdapter } from "@prefdelta/lora/node";
import type { Pair } from "@prefdelta/preference";
import { readPairs } from "@prefdelta/preference/node";
import { afterAll, describe, expect, it } from "vitest";
import { parseDpoConfig } from "./config.ts";
import { encodePairs } from "./data/encode-pairs.ts";
import type { LogRow } from "./log/trainer-log.ts";
import { trainDpo } from "./train.ts";

// A run of TRL + PEFT on the same tiny model, pairs, first factors and order: tooling/peers/trl_golden.py.
const golden = fileURLToPath(new URL("./__fixtures__/trl", import.meta.url));
const base = fileURLToPath(new URL("../../causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url));

type Log = Readonly<Record<string, number>>;
interface Expected {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tokens: readonly { prompt_ids: number[]; chosen_ids: number[]; rejected_ids: number[] }[];
  readonly runs: Readonly<Record<string, Run>>;
}
interface Run {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: readonly Log[];
}
const expected = JSON.parse(await readFile(join(golden, "expected.json"), "utf8")) as Expected;
// tooling/peers/adapters_golden.py.
const beyond = JSON.parse(await readFile(join(golden, "expected-adapters.json"), "utf8")) as Readonly<
  Record<"dora" | "sequential", Run & { readonly start: string }>
> & { readonly patterns: Run & { readonly own: Readonly<Record<string, unknown>> } };
const runs = [
  ...Object.entries(expected.runs).map(([name, run]) => ({ name, ...run, start: "a0", own: {} })),
  { name: "dora", ...beyond.dora, own: { use_dora: true } },
  { name: "sequential", ...beyond.sequential, own: { reference: "initial_adapter" } },
];

const lm = await loadCausalLm(base, { runtime: await createRuntime("onnx") });
const pairs: Pair[] = [];
for await (const pair of readPairs(join(golden, "pairs.jsonl"))) pairs.push(pair);
const outDir = await mkdtemp(join(tmpdir(), "trl "));
afterAll(async () => {
  await lm.dispose();
  await rm(outDir, { recursive: true });
});

/** TRL's settings under our names. */
function configOf(settings: Readonly<Record<string, unknown>>) {
  const { lora: _, warmup_steps, ...shared } = expected.settings;
  return parseDpoConfig({
    ...shared,
    ...settings,
    warmup_ratio: warmup_steps, // below 1 it is a share
    train_sampling_strategy: "sequential",
    lora_r: 4,
  });
}

/** Every metric of every step as TRL has it. */
function expectSameLog(rows: readonly LogRow[], log: readonly Log[], beta: number): void {
  expect(rows).toHaveLength(log.length);
  for (const [i, step] of log.entries()) {
    // Within 1e-3 relative, as the trainer promises. Rewards and margins are differences of log-probs of some hundred nats, whose float32
    // rounding is 3e-5 each, so near zero 1e-4 nats suffice: TRL in float32 is itself 2e-3 relative from TRL in float64 at one margin.
    for (const [key, value] of Object.entries(step)) {
      // Where the policy is still its reference, rounding alone says which answer is ahead.
      const isStart = Math.abs(step["rewards/margins"]!) < 1e-4 * beta;
      if (isStart && key === "rewards/accuracies") continue;
      const slack = key.startsWith("rewards/") ? 1e-4 * beta : 1e-6;
      const difference = Math.abs(rows[i]![key]! - value);
      expect(difference, `${key} of step ${i + 1}: TRL ${value}, ours ${rows[i]![key]}`).toBeLessThanOrEqual(
        Math.max(1e-3 * Math.abs(value), slack),
      );
    }
  }
}

/** All factors in one row, modules by name. */
const flattenAdapter = ({ modules }: Adapter): number[] =>
  [...modules]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { A, B, magnitude }]) => [...A, ...B, ...(magnitude ?? [])]);
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((x, i) => x - b[i]!));

describe("against TRL + PEFT", () => {
  it("pairs become the same tokens", () => {
    const encoded = encodePairs(lm.tokenizer, pairs, { maxLength: null, maskObservations: true });
    const ids = encoded.pairs.map(({ prompt, chosen, rejected }) => ({
      prompt_ids: [...prompt],
      chosen_ids: [...chosen.ids],
      rejected_ids: [...rejected.ids],
    }));
    expect(ids).toEqual(expected.tokens);
  });

  it.each(runs)("$name logs the same steps and ends alike", async ({ name, settings, log, start, own }) => {
    const rows: LogRow[] = [];
    const { adapterDir } = await trainDpo({
      lm,
      pairs,
      config: configOf({ ...settings, ...own }),
      initialAdapter: await loadAdapter(join(golden, start), { dora: true }),
      outDir: join(outDir, name),
      onStep: ({ metrics }) => rows.push(metrics),
    });
    expectSameLog(rows, log, Number(settings["beta"]));
    const [first, last, ours] = await Promise.all(
      [join(golden, start), join(golden, `final-${name}`), adapterDir].map(async (folder) =>
        flattenAdapter(await loadAdapter(folder, { dora: true })),
      ),
    );
    expect(distance(ours!, last!) / distance(first!, last!)).toBeLessThan(1e-3);
  });

  it("rsLoRA, patterns, an expression of targets and LoRA+ log the same steps, from our own first factors", async () => {
    const { settings, own, log } = beyond.patterns;
    const rows: LogRow[] = [];
    const config = configOf({ ...settings, ...own });
    await trainDpo({
      lm,
      pairs,
      config,
      outDir: join(outDir, "patterns"),
      onStep: ({ metrics }) => rows.push(metrics),
    });
    expectSameLog(rows, log, 0.1);
    // The golden began with these factors.
    const start = { lm, pairs, config: { ...config, max_steps: 1, warmup_ratio: 1 }, outDir: join(outDir, "a0") };
    const first = await loadAdapter((await trainDpo(start)).adapterDir);
    expect(flattenAdapter(first)).toEqual(flattenAdapter(await loadAdapter(join(golden, "patterns-a0"))));
  });
});
