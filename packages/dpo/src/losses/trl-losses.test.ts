import "@tensorflow/tfjs"; // the gradients
import { readFileSync } from "node:fs";
import { createRuntime, type Runtime } from "@prefdelta/causal-lm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type DpoConfigInput, parseDpoConfig } from "../config.ts";
import { weighByLength } from "../data/length-weights.ts";
import { configuredLoss } from "./configured-loss.ts";
import { createLoss } from "./create-loss.ts";
import { lossNames } from "./losses.ts";

type Case = DpoConfigInput & { readonly loss: number; readonly gradient: readonly (readonly number[])[] };
interface Golden {
  readonly defaults: DpoConfigInput;
  /** Of each token of each sequence, pair by pair. */
  readonly logProbs: readonly (readonly number[])[];
  /** log π_ref of each sequence. */
  readonly reference: readonly number[];
  readonly cases: readonly Case[];
}

// TRL's own code on a vocabulary of two: tooling/peers/trl_losses_golden.py.
const golden = JSON.parse(readFileSync(new URL("__fixtures__/trl-losses.json", import.meta.url), "utf8")) as Golden;
const sequences = golden.logProbs.length;
const width = Math.max(...golden.logProbs.map(({ length }) => length));

/** A table [S, width] of some value of each token, 0 where a sequence has ended. */
const table = (valueOf: (logProb: number, sequence: number, token: number) => number): Float32Array => {
  const values = new Float32Array(sequences * width);
  golden.logProbs.forEach((row, s) => row.forEach((logProb, t) => (values[s * width + t] = valueOf(logProb, s, t))));
  return values;
};

/** What each token weighs under LD-DPO. */
function weightsOf(ldAlpha: number | null): Float32Array {
  if (ldAlpha === null) return table(() => 1);
  const completion = (s: number) => ({ ids: [], mask: golden.logProbs[s]!.map(() => 1) });
  const weights = golden.logProbs.flatMap((_, s) => {
    if (s % 2 === 1) return [];
    const pair = { id: "", prompt: [], chosen: completion(s), rejected: completion(s + 1) };
    const { chosen, rejected } = weighByLength(pair, ldAlpha);
    return [chosen.weights!, rejected.weights!];
  });
  return table((_, s, t) => weights[s]![t]!);
}

/** log p − log (p² + (1 − p)²): of what the vocabulary of two would say. */
const relativeLogProb = (logProb: number): number => {
  const p = Math.exp(logProb);
  return logProb - Math.log(p * p + (1 - p) ** 2);
};

/** The loss, its gradient by each token's log-prob, [S, width], as a runtime computes them, and the answers of a pair. */
async function run(
  runtime: Runtime,
  settings: DpoConfigInput,
): Promise<{ loss: number; gradient: Float32Array; sides: 1 | 2 }> {
  const config = parseDpoConfig(settings);
  const { row, options } = configuredLoss(config);
  const loss = createLoss(row, options);
  // Without rejected answers, every second sequence is left out.
  const sides = row.needsRejected ? 2 : 1;
  const kept = (values: ArrayLike<number>, columns: number): Float32Array =>
    Float32Array.from(values).filter((_, i) => sides === 2 || Math.floor(i / columns) % 2 === 0);
  const S = (sequences * sides) / 2;
  const bySequence = (values: readonly number[]) => ({ shape: [S], data: kept(values, 1) });
  const byToken = (values: Float32Array) => ({ shape: [S, width], data: kept(values, width) });
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const inputs = {
    logProbs: byToken(table((logProb) => logProb)),
    weights: byToken(weightsOf(config.ld_alpha)),
    counts: bySequence(golden.logProbs.map(({ length }) => length)),
    relative: bySequence(golden.logProbs.map((row) => sum(row.map(relativeLogProb)))),
    reference: bySequence(golden.reference),
  };
  const step = await runtime.compile(
    ({ logProbs, weights, counts, relative, reference }) => {
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => {
        const { loss: value } = loss.compute({
          sums: tf.sum(tf.mul(x, weights!), 1),
          counts: counts as tf.Tensor1D,
          extras: row.needsReference ? { reference: reference as tf.Tensor1D } : {},
          relative: config.use_weighting ? (relative as tf.Tensor1D) : undefined,
        });
        return value;
      })(logProbs!);
      return { value, grad };
    },
    Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape }])),
  );
  const feeds = Object.entries(inputs).map(([name, input]) => [name, { dtype: "float32", ...input }] as const);
  const { value, grad } = await step.run(Object.fromEntries(feeds));
  await step.release();
  return { loss: value!.data[0]!, gradient: grad!.data as Float32Array, sides };
}

const titleOf = (one: Case): string =>
  JSON.stringify(one, (key, value: unknown) => (key === "loss" || key === "gradient" ? undefined : value));
const cases = golden.cases.map((one) => [titleOf(one), one] as const);

let cpu: Runtime;
let onnx: Runtime;
beforeAll(async () => {
  cpu = await createRuntime("cpu");
  onnx = await createRuntime("onnx", { threads: 1 });
});

describe("against TRL", () => {
  it("covers every loss", () => {
    expect(new Set(golden.cases.flatMap(({ loss_type }) => loss_type))).toEqual(new Set(lossNames));
  });

  it.each(cases)("%s, on either runtime", async (_, { loss, gradient, ...settings }) => {
    const eager = await run(cpu, { ...golden.defaults, ...settings });
    expect([eager.loss]).toBeAllClose([loss], { rtol: 1e-5, atol: 1e-6 });
    const rows = gradient.filter((_row, s) => eager.sides === 2 || s % 2 === 0);
    const expected = rows.flatMap((row) => [...row, ...Array.from({ length: width - row.length }, () => 0)]);
    const size = Math.max(...expected.map(Math.abs));
    expect(eager.gradient).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 * size });

    const traced = await run(onnx, { ...golden.defaults, ...settings });
    expect([traced.loss]).toBeAllClose([eager.loss], { rtol: 1e-5, atol: 1e-6 });
    expect(traced.gradient).toBeAllClose(eager.gradient, { rtol: 1e-4, atol: 1e-6 * size });
  });
});
