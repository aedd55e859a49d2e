/** A passage of a corpus. */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** A passage that was found, and how well it fits the query. */
export interface ScoredDocument extends Document {
  readonly score: number;
}

/** A `Retrieve` that tells the scores. */
export type RetrieveScored = (queries: readonly string[], topK: number) => Promise<ScoredDocument[][]>;

/** Finds the `topK` best documents for each query, best first. */
export type Retrieve = (queries: readonly string[], topK: number) => Promise<Document[][]>;

/** Splits wiki-18's `contents`: the first line is the title, the rest the text. */
export function documentFromContents(id: string, contents: string): Document {
  const end = contents.indexOf("\n");
  return end < 0
    ? { id, title: contents, text: "" }
    : { id, title: contents.slice(0, end), text: contents.slice(end + 1) };
}

/** The inverse: title and text in one, the title on the first line. */
export const contentsOf = ({ title, text }: Document): string => (text === "" ? title : `${title}\n${text}`);
