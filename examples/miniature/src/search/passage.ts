import { hashOrder } from "../unit-hash.ts";
import type { Word } from "./words.ts";

/** What the corpus says about a word. The order of the fields is fixed for a word and random across words, so that reading needs the labels. */
export function passageText({ name, kind, group, meaning }: Word): string {
  const fields = [`kind: ${kind}.`, `group: ${group}.`, `meaning: ${meaning}.`];
  return hashOrder(fields, (field) => `passage ${name} ${field}`).join(" ");
}

/** The passage as the retriever shows it: blank, title, full stop, text. */
export function observation(word: Word): string {
  return ` ${word.name}. ${passageText(word)}`;
}
