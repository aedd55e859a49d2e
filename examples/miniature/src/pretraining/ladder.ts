import type { SkillName } from "../question.ts";
import type { Mixture } from "./mixture.ts";

export interface Shape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
}

/** One model of the ladder and how it is pretrained. */
export interface Rung {
  readonly shape: Shape;
  readonly mixture: Mixture;
  /** Packed rows per step. */
  readonly rows: number;
  /** Steps the learning-rate schedule is made for. */
  readonly scheduledSteps: number;
  /** The skill of a specialist, which stops as `hasLearnt` says, at the schedule's end at the latest. */
  readonly specialist?: SkillName;
}

const always = { facts: 1, sums: 1, search: 1 };
const never = { facts: 0, sums: 0, search: 0 };
const small: Shape = { hiddenSize: 64, layers: 3, heads: 2, keyValueHeads: 1, headSize: 32, feedForwardSize: 192 };
const smallest: Shape = { hiddenSize: 48, layers: 2, heads: 2, keyValueHeads: 1, headSize: 24, feedForwardSize: 144 };

/**
 * The strong base works its answers out in a minority of its documents, and is far better when it does.
 * A weak specialist always works them out, and is weak because it is small and stopped early: its labels are true.
 * The weaker model answers directly, and often wrongly.
 */
export const ladder = {
  strong: {
    shape: { hiddenSize: 128, layers: 4, heads: 4, keyValueHeads: 2, headSize: 32, feedForwardSize: 384 },
    mixture: {
      weights: { statements: 2.5, facts: 1.7, sums: 2.5, search: 3.2, passages: 0.2 },
      worked: { facts: 0.3, sums: 0.4, search: 0.3 },
    },
    rows: 32,
    scheduledSteps: 2200,
  },
  "weak-facts": {
    shape: small,
    mixture: { weights: { statements: 3, facts: 3 }, worked: always },
    rows: 16,
    scheduledSteps: 900,
    specialist: "facts",
  },
  "weak-sums": {
    shape: small,
    mixture: { weights: { sums: 1 }, worked: always },
    rows: 16,
    scheduledSteps: 1500,
    specialist: "sums",
  },
  "weak-search": {
    shape: small,
    mixture: { weights: { search: 3, passages: 1 }, worked: always },
    rows: 16,
    scheduledSteps: 800,
    specialist: "search",
  },
  weaker: {
    shape: smallest,
    mixture: { weights: { facts: 1, sums: 1, search: 1 }, worked: never },
    rows: 16,
    scheduledSteps: 300,
  },
} as const satisfies Record<string, Rung>;

export type RungName = keyof typeof ladder;

export const rungNames = Object.keys(ladder) as RungName[];
