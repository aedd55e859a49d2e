import type { Random } from "@prefdelta/random";
import * as z from "zod";
import type { DeltaRows } from "../entries/delta-rows.ts";
import { drop, keepAtRandom, matchL1 } from "../entries/sparsify.ts";
import { peftCompat } from "./merge-method.ts";

export const dareOptions = {
  /** Share of the entries that are kept, at random. */
  density: z.number().gt(0).max(1).default(0.5),
  /** peft and the paper: what is kept is divided by the density. mergekit: multiplied so that the sum of magnitudes stays. */
  dialect: z.enum(["peft", "mergekit"]).default("peft"),
  /** Of the random numbers. */
  seed: z.int().default(0),
  peftCompat,
};

interface DareOptions {
  readonly density: number;
  readonly dialect: "peft" | "mergekit";
  readonly peftCompat: boolean;
}

/** Drop And REscale, in either dialect. */
export const dare = (
  deltas: readonly DeltaRows[],
  { density, dialect, peftCompat }: DareOptions,
  random: Random,
): DeltaRows[] =>
  deltas.map((delta) =>
    dialect === "peft" || peftCompat
      ? drop(delta, density, random)
      : matchL1(keepAtRandom(delta, density, random), delta),
  );
