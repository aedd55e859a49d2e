/** A value over steps, layers or λ; null leaves a gap. */
export interface Point {
  readonly x: number;
  readonly y: number | null;
}

/** How a line is drawn. Each differs from the others in more than its colour: dashes, or a ring at every point. */
export type LineStyle = "first" | "second" | "third" | "rings" | "baseline";

export interface Series {
  readonly name: string;
  readonly style: LineStyle;
  /** By rising x. */
  readonly points: readonly Point[];
}
