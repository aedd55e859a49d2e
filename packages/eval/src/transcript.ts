/** A stretch of an answer, and who wrote it. */
export interface Segment {
  readonly text: string;
  readonly source: "model" | "environment";
}

/** An answer as it came about: the model's text with what the environment put into it. */
export interface Transcript {
  readonly segments: readonly Segment[];
  /** Searches that were carried out. */
  readonly searches: number;
  /** Search actions that could not be read. */
  readonly invalid: number;
  /** How the last turn ended: by itself, or at the token limit. */
  readonly stop: "end" | "length";
}

/** The whole answer: what a pair's row holds, observations inside. */
export const transcriptText = ({ segments }: Transcript): string => segments.map(({ text }) => text).join("");

/** What the model itself wrote. */
export const modelText = ({ segments }: Transcript): string =>
  segments
    .filter(({ source }) => source === "model")
    .map(({ text }) => text)
    .join("");
