import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attend } from "./attention.ts";
import { parseModelConfig } from "./config.ts";

const [HEADS, GROUPS, WIDTH] = [4, 2, 4];
const config = parseModelConfig({
  model_type: "qwen3",
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: HEADS,
  num_key_value_heads: HEADS / GROUPS,
  head_dim: WIDTH,
});

/** Softmax(Q Kᵀ + mask) V head by head, with tfjs' own gradients. */
function plain([query, keys, values]: readonly tf.Tensor[], mask: tf.Tensor): tf.Tensor {
  const perHead = (x: tf.Tensor): tf.Tensor =>
    tf.concat(
      tf.split(x, HEADS / GROUPS, 1).flatMap((head) => Array<tf.Tensor>(GROUPS).fill(head)),
      1,
    );
  const scores = tf.add(tf.matMul(query!, perHead(keys!), false, true), tf.squeeze(mask, [1]));
  return tf.matMul(tf.softmax(scores), perHead(values!));
}

/** Query t of T sees the `earlier` keys and its row's own up to itself. */
function causalMask(rows: number, tokens: number, earlier: number): tf.Tensor {
  const width = earlier + tokens;
  const hides = (i: number): boolean => (i % width) - earlier > Math.floor(i / width) % tokens;
  const values = Float32Array.from({ length: rows * tokens * width }, (_, i) => (hides(i) ? -1e9 : 0));
  return tf.tensor(values, [rows, 1, 1, tokens, width]);
}

describe("attend", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  // One block of queries, one, two of which the last is shorter, and the most there are.
  it.each([
    { tokens: 3, earlier: 0 },
    { tokens: 240, earlier: 5 },
    { tokens: 272, earlier: 16 },
    { tokens: 528, earlier: 0 },
  ])("is plain attention, and so is its gradient: $tokens tokens after $earlier", ({ tokens, earlier }) => {
    const rows = tokens < 100 ? 2 : 1;
    const query = tf.randomNormal([rows, HEADS, tokens, WIDTH], 0, 1, "float32", 1);
    const keys = tf.randomNormal([rows, HEADS / GROUPS, earlier + tokens, WIDTH], 0, 1, "float32", 2);
    const values = tf.randomNormal(keys.shape, 0, 1, "float32", 3);
    const mask = causalMask(rows, tokens, earlier);
    const towards = tf.randomNormal(query.shape, 0, 1, "float32", 4);
    const operands = [query, keys, values];
    const graded = (f: (...operands: tf.Tensor[]) => tf.Tensor) => [f(...operands), ...tf.grads(f)(operands, towards)];
    const ours = graded((query, keys, values) => attend({ config, query: query!, keys: keys!, values: values!, mask }));
    const expected = graded((...operands) => plain(operands, mask));
    ours.forEach((tensor, i) => expect(tensor.dataSync()).toBeAllClose(expected[i]!.dataSync(), { atol: 1e-5 }));
  });
});
