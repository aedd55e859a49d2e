/** How many requests a server may be given at once. */
export interface ConcurrencyLimit {
  readonly current: number;
  /** Called with the end of each request. */
  report(overloaded: boolean): void;
}

/** Requests a server gets before it is known what it bears. */
const start = 16;

/** Share of a window's requests that must be turned away before it counts as overload: single errors are the retries' matter. */
const tolerated = 0.1;

/**
 * Finds out what a server bears. Outcomes are looked at in windows of as many requests as the limit: a window with more than a tenth turned away
 * lowers the limit by three tenths; any other doubles it until the first overload and raises it by a twentieth from then on. The classic rule that
 * answers every refusal by halving (Chiu & Jain 1989) would keep a server of 1 % random errors at some 14 requests, whatever it bears.
 */
export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  let limit = Math.min(start, max);
  let finished = 0;
  let turnedAway = 0;
  let probing = true;
  return {
    get current() {
      return Math.floor(limit);
    },
    report(overloaded) {
      finished++;
      if (overloaded) turnedAway++;
      if (finished < Math.floor(limit)) return;
      if (turnedAway > tolerated * finished) {
        probing = false;
        limit = Math.max(1, limit * 0.7);
      } else {
        limit = Math.min(max, probing ? limit * 2 : limit + Math.max(1, limit * 0.05));
      }
      finished = 0;
      turnedAway = 0;
    },
  };
}
