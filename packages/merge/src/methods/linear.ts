import * as z from "zod";
import { combination } from "../core-space.ts";
import { padFactors } from "../pad-factors.ts";
import { commonOptions, type FactorMethod, type Factors } from "./merge-method.ts";

export const linearOptions = z.strictObject({ method: z.literal("linear"), ...commonOptions });

/**
 * PEFT's `linear`: the factors are averaged, not the updates. B = Σ √|wᵢsᵢ| Bᵢ and A = Σ ±√|wᵢsᵢ| Aᵢ, so the product has cross terms BᵢAⱼ,
 * and depends on how each adapter is factored. For comparison; task_arithmetic is what the name promises.
 *
 * Adapters of lower rank are filled up with zeros to the largest, which changes no update.
 */
export const linear: FactorMethod<z.output<typeof linearOptions>> = {
  paper: "PEFT, https://github.com/huggingface/peft",
  equation: "B = Σ √|wᵢsᵢ| Bᵢ, A = Σ ±√|wᵢsᵢ| Aᵢ, ΔW = B A (add_weighted_adapter, combination_type linear)",
  deviation: "Adapters of several ranks merge, filled up with zeros (PEFT refuses them); sums are in float64.",
  fullRank: (_, ranks) => Math.max(...ranks),
  factors: () => (given) => {
    const parts = padFactors(given);
    const [{ A, B }] = parts as [Factors];
    return {
      A: combination(A, parts, (part) => [Math.sign(part.weight * part.scale) * root(part), part.A]),
      B: combination(B, parts, (part) => [root(part), part.B]),
    };
  },
};

const root = ({ weight, scale }: Factors): number => Math.sqrt(Math.abs(weight * scale));
