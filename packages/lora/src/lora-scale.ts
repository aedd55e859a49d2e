/** What multiplies B · A: α/r, or α/√r (Kalajdzievski 2023, rsLoRA, https://arxiv.org/abs/2312.03732). */
export const loraScale = (alpha: number, rank: number, useRslora: boolean | null | undefined): number =>
  alpha / (useRslora === true ? Math.sqrt(rank) : rank);
