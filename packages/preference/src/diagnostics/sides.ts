/** One thing of each answer of a pair. */
export interface Sides<T> {
  readonly chosen: T;
  readonly rejected: T;
}

export const bySide = <T>(value: (side: "chosen" | "rejected") => T): Sides<T> => ({
  chosen: value("chosen"),
  rejected: value("rejected"),
});

export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
