/** A piece of an answer, and who wrote it. */
export interface Span {
  readonly text: string;
  readonly observed: boolean;
}

// The environment sets its text off by line breaks, as Search-R1 does; the model's turn ends before them and goes on after them.
const observation = /\n*<information>.*?<\/information>\n*/gs;

/** Cuts an answer where the environment's text begins and ends, tags included. An opening tag that is never closed is the model's own text. */
export function splitObservations(text: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(observation)) {
    if (match.index > end) spans.push({ text: text.slice(end, match.index), observed: false });
    spans.push({ text: match[0], observed: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) spans.push({ text: text.slice(end), observed: false });
  return spans;
}
