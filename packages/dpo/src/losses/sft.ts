import * as tf from "@tensorflow/tfjs-core";
import type { ChosenLoss, Side } from "./dpo-loss.ts";

/** −log π of the chosen answers, averaged over the tokens of the batch and given to every pair: [P]. */
export const chosenCrossEntropy = ({ sums, counts }: Side): tf.Tensor1D => {
  const tokens = tf.maximum(tf.sum(counts), 1);
  const perToken = tf.neg(tf.div(tf.sum(sums), tokens));
  return tf.mul(tf.onesLike(sums), perToken);
};

/**
 * Cross-entropy of the chosen answers, averaged over the tokens of the batch. A long answer weighs more than a short one, as in TRL, which
 * also gives every pair the batch's value.
 */
export const sft: ChosenLoss = {
  name: "sft",
  reference: 'supervised fine-tuning on the chosen answers; TRL\'s loss_type "sft"',
  defaultBeta: 0.1, // unused
  needsReference: false,
  needsRejected: false,
  takesDivergence: true, // there is nothing that it would change
  perPair: ({ chosen }) => chosenCrossEntropy(chosen),
};
