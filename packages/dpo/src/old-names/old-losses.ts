import { z } from "zod";
import { type LossName, lossNames } from "../losses/losses.ts";

/** Other names of our losses: older TRL's, and open-instruct's. */
const currentNames = {
  aot_pair: "aot_unpaired",
  dpo: "sigmoid",
  dpo_norm: "sigmoid_norm",
} as const satisfies Record<string, LossName>;

type OldLossName = keyof typeof currentNames;
/** A loss by its name of today or an older one. */
export type AnyLossName = LossName | OldLossName;

/** Losses that are gone, and what to take. */
const gone: Readonly<Record<string, string>> = {
  kto_pair:
    "another loss: TRL removed kto_pair, as it estimates KTO's KL from the same pairs; bco_pair and apo_zero push both answers likewise",
  kto: "a loss of pairs: KTO's rows are single answers; bco_pair and apo_zero are its kin",
  wpo: 'sigmoid with use_weighting: true for "wpo"',
};

const isCurrent = (name: string): name is LossName => (lossNames as readonly string[]).includes(name);
const isOld = (name: string): name is OldLossName => Object.hasOwn(currentNames, name);

export const currentLoss = (name: AnyLossName): LossName => (isOld(name) ? currentNames[name] : name);

/** What to take for a loss that is gone, among those that are asked for. */
export function goneLoss(input: unknown): string | undefined {
  const asked = Array.isArray(input) ? (input as readonly unknown[]) : [input];
  const name = asked.find((one) => typeof one === "string" && Object.hasOwn(gone, one));
  return name === undefined ? undefined : `expected ${gone[name as string]}`;
}

/** A loss' name, old ones too; those that are wrong are told of today's alone. */
export const lossNameSchema = z.string().transform((input, context): AnyLossName => {
  if (isCurrent(input) || isOld(input)) return input;
  const message = goneLoss(input);
  context.issues.push(
    message === undefined
      ? { code: "invalid_value", values: [...lossNames], input }
      : { code: "custom", message, input },
  );
  return z.NEVER;
}) as unknown as z.ZodType<AnyLossName, AnyLossName>;

export const oldLossWarnings = (asked: string | readonly string[]): string[] =>
  (typeof asked === "string" ? [asked] : asked)
    .filter(isOld)
    .map((name) => `loss_type — ${name} is taken for ${currentNames[name]}`);
