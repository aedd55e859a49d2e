// Python's string.punctuation: ASCII alone.
const punctuation = /[!-/:-@[-`{-~]/g;
// Python's \b knows all letters and digits; JavaScript's only ASCII ones, and would find an article in "aé".
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// What Python's str.split() takes for white space; unlike \s it has the separators U+001C to U+001F and U+0085, and no U+FEFF.
// oxlint-disable-next-line no-control-regex
const whiteSpace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/**
 * An answer without what may differ between equal ones: lower case, no ASCII punctuation, no articles, single blanks (Rajpurkar et al. 2016,
 * SQuAD, arXiv:1606.05250: `normalize_answer` of its evaluation script).
 */
export const normaliseAnswer = (text: string): string =>
  text.toLowerCase().replace(punctuation, "").replace(articles, " ").split(whiteSpace).filter(Boolean).join(" ");
