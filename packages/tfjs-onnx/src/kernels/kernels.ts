import { binaryKernels } from "./binary.ts";
import { contribKernels } from "./contrib.ts";
import { creationKernels } from "./creation.ts";
import type { KernelTable } from "./kernel.ts";
import { layoutKernels } from "./layout.ts";
import { matMulKernels } from "./mat-mul.ts";
import { randomKernels } from "./random.ts";
import { reductionKernels } from "./reduction.ts";
import { unaryKernels } from "./unary.ts";

/** Every kernel that can be traced: tfjs' own, and those of `operators/`. */
export const kernels: KernelTable = {
  ...binaryKernels,
  ...contribKernels,
  ...creationKernels,
  ...layoutKernels,
  ...matMulKernels,
  ...randomKernels,
  ...reductionKernels,
  ...unaryKernels,
};
