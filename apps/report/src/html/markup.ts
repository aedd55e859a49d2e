/** Text that is HTML already. Made by {@link html} alone, which escapes all else, so that nothing from a file is taken for a tag. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Markup };

/** What may stand in a template: lists are written one after the other, nothing for null, undefined and false. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Harmless between tags and within quoted attributes. Characters that no HTML document may hold become U+FFFD. */
export const escape = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these are the ones that are replaced
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd")
    .replaceAll(/[&<>"']/g, (character) => entities[character]!);

/** HTML with holes; whatever is put into them is escaped, unless it came from this function. Attributes must be quoted. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  new Markup(parts.map(flush).reduce((text, part, i) => text + write(contents[i - 1]) + part));

/** A style sheet, which has no holes. */
export const css = ([text]: TemplateStringsArray): Markup => new Markup(flush(text!));

/** The source's indentation is no part of the page. */
const flush = (part: string): string => part.replaceAll(/\n\s+/g, "\n");

function write(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Markup) return content.toString();
  if (typeof content === "object") return content.map(write).join("");
  return escape(String(content));
}
