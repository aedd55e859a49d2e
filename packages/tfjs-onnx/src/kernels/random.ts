import { TfjsOnnxError } from "../errors.ts";
import type { KernelTable } from "./kernel.ts";

const refuse = (kernel: string) => (): never => {
  throw new TfjsOnnxError(
    "E_RANDOM_UNDER_TRACE",
    `trace: ${kernel} — expected random numbers as an input of the traced function, got a random op whose one draw would be frozen`,
  );
};

/** Random kernels are refused. tf.randomUniform, tf.randomNormal and tf.dropout draw in JavaScript: their values arrive as constants, see `trace`. */
export const randomKernels: KernelTable = { Multinomial: refuse("Multinomial") };
