import { binaryKernels } from "./binary.ts";
import { creationKernels } from "./creation.ts";
import type { KernelTable } from "./kernel.ts";
import { layoutKernels } from "./layout.ts";
import { matMulKernels } from "./mat-mul.ts";
import { randomKernels } from "./random.ts";
import { reductionKernels } from "./reduction.ts";
import { unaryKernels } from "./unary.ts";

/** Every tfjs kernel that can be traced. */
export const kernels: KernelTable = {
  ...binaryKernels,
  ...creationKernels,
  ...layoutKernels,
  ...matMulKernels,
  ...randomKernels,
  ...reductionKernels,
  ...unaryKernels,
};
