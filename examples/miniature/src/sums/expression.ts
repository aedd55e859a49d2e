import type { Random } from "@prefdelta/random";
import { integer } from "@prefdelta/random";
import type { Split } from "../question.ts";
import { unitHash } from "../unit-hash.ts";

/** A chain of additions and subtractions of single digits that never goes below zero. */
export interface Expression {
  /** "2+5-3+…" */
  readonly text: string;
  /** "2+5=7", "7-3=4", … */
  readonly steps: readonly string[];
  readonly value: number;
}

/** With five operands the strong model learns to add in its head and nothing is left to elicit; with seven it gets about half. */
const operands = 7;
const subtractionShare = 0.4;

export function drawExpression(random: Random): Expression {
  let value = digit(random);
  let text = String(value);
  const steps: string[] = [];
  for (let i = 1; i < operands; i++) {
    const operand = digit(random);
    const subtract = value >= operand && random.next() < subtractionShare;
    const result = subtract ? value - operand : value + operand;
    const sign = subtract ? "-" : "+";
    steps.push(`${value}${sign}${operand}=${result}`);
    text += sign + operand;
    value = result;
  }
  return { text, steps, value };
}

/** Expressions are too many to list, so each one's text decides its split: 50 % pre, 15 % dpo, 5 % dev, 30 % eval. */
export function expressionSplit(text: string): Split {
  const position = unitHash(`sum ${text}`);
  if (position < 0.5) return "pre";
  if (position < 0.65) return "dpo";
  return position < 0.7 ? "dev" : "eval";
}

/** 1 to 9. */
function digit(random: Random): number {
  return 1 + integer(random, 9);
}
