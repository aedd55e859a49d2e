/** What a text may look like, whatever it says: signs that a delta can teach instead of skill. */
export const formatFeatures = {
  think_tags: /<\/?think>/,
  answer_tags: /<\/?answer>/,
  headings: /^#{1,6}\s/m,
  lists: /^\s*(?:[-*•]|\d+[.)])\s/m,
  bold: /\*\*[^*\n]+\*\*/,
  code_blocks: /```/,
  formulas: /\\boxed|\\\(|\\\[|\$\$/,
  refusals: /^\W*(?:sorry|i['’]m sorry|i am sorry|i can(?:no|['’])t|i cannot|as an ai)\b/i,
  open_ends: /[\p{L}\p{N},;]\s*$/u,
} satisfies Record<string, RegExp>;

export type FormatFeature = keyof typeof formatFeatures;

export const formatFeatureNames = Object.keys(formatFeatures) as FormatFeature[];
