const peak = 3e-3;
const warmupSteps = 50;
/** The last share of the steps over which the rate falls, and what it falls to. */
const decayShare = 0.4;
const floor = 0.03;

/** The learning rate of step 1, 2, …: linear warm-up, constant, linear decay to 3 % of the peak. */
export function learningRate(step: number, scheduledSteps: number): number {
  const warmup = Math.min(1, step / warmupSteps);
  const decay = Math.min(1, (scheduledSteps - step) / (decayShare * scheduledSteps));
  return peak * warmup * (decay * (1 - floor) + floor);
}
