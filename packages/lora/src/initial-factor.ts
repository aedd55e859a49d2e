/** The part of a generator of random numbers that is used: uniform in [0, 1). */
interface Uniform {
  readonly next: () => number;
}

/**
 * A₀, the A that a LoRA starts from: uniform in ±1/√in, which is PEFT's kaiming_uniform(a = √5). Drawn row by row, so that a lower rank's
 * are the first rows of a higher one's. Training draws a module's from its own fork of the run's A₀ seed, by the module's path.
 *
 * @returns rank × in
 */
export function initialFactor(
  random: Uniform,
  { rank, inFeatures }: { readonly rank: number; readonly inFeatures: number },
): Float32Array<ArrayBuffer> {
  const bound = 1 / Math.sqrt(inFeatures);
  return Float32Array.from({ length: rank * inFeatures }, () => (2 * random.next() - 1) * bound);
}
