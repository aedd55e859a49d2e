/** Rows [start, end) of a list. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/**
 * Rows in their order, cut into as few runs as can be: each takes what fits, and one row in any case.
 *
 * @param fits of fewer rows whatever it says of more of them
 */
export function cutRows(count: number, fits: (run: Cut) => boolean): Cut[] {
  const runs: Cut[] = [];
  for (let start = 0; start < count;) {
    let end = start + 1;
    while (end < count && fits({ start, end: end + 1 })) end++;
    runs.push({ start, end });
    start = end;
  }
  return runs;
}
