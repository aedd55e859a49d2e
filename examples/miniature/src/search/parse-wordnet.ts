/** A noun synset as far as the miniature needs it. */
export interface Synset {
  /** All its words, "_" for blanks inside one. */
  readonly words: readonly string[];
  /** Number of the lexicographer file, "05" = noun.animal. */
  readonly lexicographerFile: string;
  /** Offset of the first hypernym. */
  readonly hypernym: string | undefined;
  /** The definition, without examples and remarks. */
  readonly definition: string;
}

/**
 * WordNet's data.noun by synset offset, in file order. Format: wndb(5WN).
 * `offset lex_filenum ss_type w_cnt(hex) (word lex_id)… p_cnt (pointer offset pos source)… | gloss`
 */
export function parseWordnet(text: string): Map<string, Synset> {
  const synsets = new Map<string, Synset>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith(" ")) continue; // the licence, indented
    const [record = "", gloss = ""] = line.split("|", 2);
    const fields = record.split(" ");
    const [offset = "", lexicographerFile = "", , wordCount = "0"] = fields;
    const words = Array.from({ length: Number.parseInt(wordCount, 16) }, (_, i) => fields[4 + 2 * i] ?? "");
    const hypernym = / @ (\d{8}) n/.exec(record)?.[1];
    const definition = (gloss.split(";")[0] ?? "").trim();
    synsets.set(offset, { words, lexicographerFile, hypernym, definition });
  }
  return synsets;
}
