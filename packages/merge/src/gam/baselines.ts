/**
 * What random subspaces show, drawn once for each seed, number of draws and shape. A draw depends on its key alone, so it does not matter which
 * thread made it; a map can be sent to another.
 */
export type Baselines = Map<string, number | readonly number[]>;

/** Where a baseline's random numbers come from. */
export interface Draws {
  readonly seed: number;
  readonly draws: number;
}

/** What the baselines hold under that name and shape, drawn if they do not. */
export function recall<Value extends number | readonly number[]>(
  baselines: Baselines,
  key: readonly (string | number)[],
  draw: () => Value,
): Value {
  const name = key.join(" ");
  const known = (baselines.get(name) as Value | undefined) ?? draw();
  baselines.set(name, known);
  return known;
}
