export interface ScheduleOptions {
  /** Steps of linear warm-up, from 0. */
  readonly warmup: number;
  /** Steps of the whole run. */
  readonly total: number;
  /** Where the cosine ends, as a share of the peak. */
  readonly minRate: number;
}

/** Factor on the peak learning rate at an update step, counted from 0. */
export type Schedule = (step: number, options: ScheduleOptions) => number;

const rise = (step: number, warmup: number): number => step / Math.max(1, warmup);

const progress = (step: number, { warmup, total }: ScheduleOptions): number =>
  (step - warmup) / Math.max(1, total - warmup);

/** Half a cosine from 1 to `minRate`. */
const fall = (done: number, minRate: number): number =>
  Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)) * (1 - minRate) + minRate);

/**
 * Learning-rate schedules by transformers' names (transformers/optimization.py), and like them: the first step of a warm-up has rate 0,
 * except in `cosine_warmup_with_min_lr`, which counts from 1.
 */
export const schedules = {
  constant: () => 1,
  constant_with_warmup: (step, { warmup }) => (step < warmup ? rise(step, warmup) : 1),
  linear: (step, options) =>
    step < options.warmup ? rise(step, options.warmup) : Math.max(0, 1 - progress(step, options)),
  cosine: (step, options) => (step < options.warmup ? rise(step, options.warmup) : fall(progress(step, options), 0)),
  cosine_with_min_lr: (step, options) =>
    step < options.warmup ? rise(step, options.warmup) : fall(progress(step, options), options.minRate),
  cosine_warmup_with_min_lr: (step, options) =>
    step < options.warmup ? rise(step + 1, options.warmup) : fall(progress(step + 1, options), options.minRate),
} as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export const scheduleNames = Object.keys(schedules) as ScheduleName[];
