import * as z from "zod";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const taskArithmeticOptions = z.strictObject({ method: z.literal("task_arithmetic"), ...commonOptions });

/** λ Σ wᵢ ΔWᵢ. At full rank the factors are put side by side, and nothing is rounded but their products with the weights. */
export const taskArithmetic: SubspaceMethod<z.output<typeof taskArithmeticOptions>> = {
  paper: "Ilharco et al. 2023, https://arxiv.org/abs/2212.04089",
  equation:
    "λ Σ wᵢ ΔWᵢ, the sum of task vectors (the authors' TaskVector.__add__; on LoRA factors, PEFT's combination_type cat and svd)",
  deviation:
    "The SVD is taken of the factors' core, not of out × in, and the adapters' scale counts once (older versions of PEFT's `svd`: twice).",
  combiner:
    () =>
    ({ sources }) => ({ sources, consensus: null }),
};
