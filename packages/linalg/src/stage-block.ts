/** Part of a matrix, as runs of numbers that follow one another in memory. */
interface Runs {
  /** Place of the first. */
  readonly from: number;
  /** From one run to the next. */
  readonly step: number;
  readonly count: number;
  readonly length: number;
}

/** Where they go: so many runs, each as long as from one to the next; what is not there is zero. */
interface Stage {
  readonly at: number;
  readonly pitch: number;
  readonly count: number;
}

/** Copies a block to where a kernel packs it from. */
export function stageBlock<Numbers extends Float32Array | Float64Array>(
  memory: Numbers,
  data: Numbers,
  { from, step, count, length, stage }: Runs & { readonly stage: Stage },
): void {
  const { at, pitch } = stage;
  if (step === length && pitch === length) memory.set(data.subarray(from, from + count * length), at);
  else {
    for (let run = 0; run < count; run++) {
      const [source, target] = [from + run * step, at + run * pitch];
      memory.set(data.subarray(source, source + length), target);
      if (length < pitch) memory.fill(0, target + length, target + pitch);
    }
  }
  if (count < stage.count) memory.fill(0, at + count * pitch, at + stage.count * pitch);
}
