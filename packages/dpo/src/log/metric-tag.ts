/** transformers' split of names for trackers: evaluation apart from training. */
export const metricTag = (name: string): string =>
  name.startsWith("eval_") ? `eval/${name.slice(5)}` : `train/${name}`;
