import { byteAlphabet, preTokenize } from "./byte-level.ts";
import { specialTokens, splitAtSpecialTokens } from "./vocabulary.ts";
import { trainBpe } from "./train-bpe.ts";

/**
 * A byte-level BPE tokenizer learnt from the documents, as the object of a tokenizer.json (Hugging Face tokenizers, version 1.0).
 * The same documents make the same object.
 */
export function trainTokenizer(documents: Iterable<string>, { vocabularySize }: { readonly vocabularySize: number }) {
  const wordCounts = new Map<string, number>();
  for (const document of documents) {
    for (const word of splitAtSpecialTokens(document).flatMap(preTokenize)) {
      wordCounts.set(word, (wordCounts.get(word) ?? 0) + 1);
    }
  }
  const { vocabulary, merges } = trainBpe(wordCounts, {
    vocabularySize,
    specialTokens: specialTokens.map(({ content }) => content),
    alphabet: byteAlphabet,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map(({ content, special }, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Digits", individual_digits: true },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges: merges.map((pair) => [...pair]),
    },
  };
}
