/** Entries: special tokens, 256 bytes, merges. */
export const vocabularySize = 1024;

/**
 * The tokens that stand for themselves, in the order of their ids.
 *
 * `special`: dropped by decoders that skip special tokens. The tags of searches and answers are read by whoever
 * scores a completion, so they stay.
 */
export const specialTokens = [
  { content: "<|pad|>", special: true },
  { content: "<|user|>", special: true },
  { content: "<|assistant|>", special: true },
  { content: "<|end|>", special: true },
  { content: "<search>", special: false },
  { content: "</search>", special: false },
  { content: "<information>", special: false },
  { content: "</information>", special: false },
  { content: "<answer>", special: false },
  { content: "</answer>", special: false },
] as const;

const pattern = new RegExp(specialTokens.map(({ content }) => content.replaceAll("|", "\\|")).join("|"), "u");

/** The stretches of ordinary text between special tokens. */
export function splitAtSpecialTokens(text: string): string[] {
  return text.split(pattern).filter((stretch) => stretch !== "");
}
