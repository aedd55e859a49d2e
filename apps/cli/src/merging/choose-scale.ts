/** One λ on the dev items: accuracy by skill, and their mean. */
export interface ScaleTrial {
  readonly scale: number;
  readonly skills: Readonly<Record<string, number>>;
  readonly average: number;
}

export interface ScaleChoice {
  readonly scale: number;
  /** Whether smaller and larger λ were tried and found no better: at the grid's edge the best may lie beyond. */
  readonly inside: boolean;
  /** By λ, rising. */
  readonly trials: readonly ScaleTrial[];
}

/** The λ with the best average on dev; of equals the smallest, as the one that changes the base least. */
export function chooseScale(unsorted: readonly ScaleTrial[]): ScaleChoice {
  const trials = unsorted.toSorted((a, b) => a.scale - b.scale);
  const best = Math.max(...trials.map(({ average }) => average));
  const place = trials.findIndex(({ average }) => average === best);
  return { scale: trials[place]!.scale, inside: place > 0 && place < trials.length - 1, trials };
}

/** `λ 1 of 0.5–2 on dev (67.0 %)`, with a warning where the grid was too narrow. */
export function describeChoice({ scale, inside, trials }: ScaleChoice): string {
  const { average } = trials.find((trial) => trial.scale === scale)!;
  const grid = `${trials[0]!.scale}–${trials.at(-1)!.scale}`;
  const edge = inside ? "" : "; at the edge of the grid, the best may lie beyond";
  return `λ ${scale} of ${grid} on dev (${(100 * average).toFixed(1)} %)${edge}`;
}
