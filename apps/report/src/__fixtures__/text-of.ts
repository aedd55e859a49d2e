/** What a reader gets of some HTML: its text without tags, blanks as one, entities as what they stand for; hidden parts stay. */
export const textOf = (html: string): string =>
  html
    .replaceAll(/<style>.*?<\/style>|<svg.*?<\/svg>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    // What follows a tag.
    .replaceAll(/ (?=[.,;:](?: |$))/g, "")
    .trim();

/** The rows of a table, as texts of their cells. */
export const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr.*?<\/tr>/gs)].map(([row]) => [...row.matchAll(/<t[hd].*?<\/t[hd]>/gs)].map(([cell]) => textOf(cell)));
