import type { Document } from "./document.ts";

/** Turns what was found into the text that the model goes on from. */
export type FormatObservation = (documents: readonly Document[]) => string;

/** Search-R1's form: `Doc i(Title: …) …` lines between information tags, blank lines around (Jin et al. 2025, arXiv:2503.09516). */
export const searchR1Observation: FormatObservation = (documents) => {
  const lines = documents.map(({ title, text }, i) => `Doc ${i + 1}(Title: ${title}) ${text}\n`);
  return `\n\n<information>${lines.join("")}</information>\n\n`;
};

/** An observation by template: `{title}` and `{text}` stand for the documents', joined by line breaks. */
export const templateObservation =
  (template: string): FormatObservation =>
  (documents) => {
    const joined = (key: "title" | "text"): string => documents.map((document) => document[key]).join("\n");
    // Functions, so that a "$&" in a text stays what it is.
    return template.replaceAll("{title}", () => joined("title")).replaceAll("{text}", () => joined("text"));
  };
