import { describe, expect, test } from "vitest";
import { parseWordnet } from "./parse-wordnet.ts";
import { observation, passageText } from "./passage.ts";
import { searchQuestions } from "./search-questions.ts";
import { splitWords, wordsIn } from "./split-words.ts";
import { loadWords, selectWords } from "./words.ts";
import type { Word } from "./words.ts";

const dataNoun = `  1 This software and database is being provided to you, the LICENSEE
02083346 05 n 01 canine 0 001 @ 02075296 n 0000 | a fanged mammal
02087122 05 n 02 hound 0 hound_dog 0 002 @ 02083346 n 0000 ~ 02088238 n 0000 | a hunting dog; "he kept a hound"
02088238 05 n 01 beagle 0 001 @ 02087122 n 0000 | a small short-legged hound
02088239 05 n 01 mutt 0 001 @ 02083346 n 0000 | an offensive term for a dog
02088240 04 n 01 barking 0 001 @ 02083346 n 0000 | the noise of a dog
02088241 05 n 01 whelp 0 001 @ 02083346 n 0000 | a (very) young dog
02088242 05 n 01 Rover 0 001 @ 02083346 n 0000 | a dog
`;

describe("WordNet", () => {
  test("a line of data.noun becomes words, file, hypernym and definition", () => {
    const synsets = parseWordnet(dataNoun);
    expect(synsets.size).toBe(7);
    expect(synsets.get("02087122")).toEqual({
      words: ["hound", "hound_dog"],
      lexicographerFile: "05",
      hypernym: "02083346",
      definition: "a hunting dog",
    });
  });

  test("kept are lower-case nouns of the chosen groups with a plain definition and a one-word kind, none of them rude", () => {
    expect(selectWords(parseWordnet(dataNoun))).toEqual([
      { name: "hound", kind: "canine", group: "animal", meaning: "a hunting dog" },
      { name: "beagle", kind: "hound", group: "animal", meaning: "a small short-legged hound" },
    ]);
  });

  test("the package's file holds thousands of them, each name once", () => {
    const words = loadWords();
    expect(words.length).toBeGreaterThan(3500);
    expect(new Set(words.map(({ name }) => name)).size).toBe(words.length);
  });
});

const beagle: Word = { name: "beagle", kind: "hound", group: "animal", meaning: "a small short-legged hound" };

test("a passage has its three fields in an order of its own", () => {
  const fields = ["group: animal.", "kind: hound.", "meaning: a small short-legged hound."];
  expect(
    passageText(beagle)
      .split(/(?<=\.) /)
      .toSorted(),
  ).toEqual(fields);
  expect(observation(beagle)).toBe(` beagle. ${passageText(beagle)}`);
  const orders = new Set(
    ["beagle", "collie", "poodle", "setter", "boxer", "corgi", "husky", "spitz"].map((name) =>
      passageText({ ...beagle, name }),
    ),
  );
  expect(orders.size).toBeGreaterThan(1);
});

test("the worked answer searches for the word and reads the observation", () => {
  const [kind, group] = searchQuestions(beagle);
  expect(kind).toEqual({
    id: "search-beagle-kind",
    entity: "beagle",
    text: " Which kind does beagle belong to?",
    gold: "hound",
    direct: "<answer> hound</answer>",
    worked: `<search> beagle</search><information>${observation(beagle)}</information><answer> hound</answer>`,
  });
  expect(group?.gold).toBe("animal");
});

describe("splits of words", () => {
  const words = Array.from({ length: 1000 }, (_, i): Word => {
    const letters = Array.from(String(i).padStart(4, "0"), (digit) => "abcdefghij"[Number(digit)]).join("");
    return { name: letters, kind: "thing", group: "artifact", meaning: "nothing much" };
  });

  test("every word is dealt once", () => {
    const { pre, dpo, dev, eval: evaluation } = splitWords(words, []);
    expect([pre.length, dpo.length, dev.length, evaluation.length]).toEqual([240, 240, 120, 400]);
    expect(new Set([...pre, ...dpo, ...dev, ...evaluation]).size).toBe(1000);
  });

  test("a word spoken of elsewhere stays with pretraining", () => {
    const first = splitWords(words, []).eval[0];
    const name = first?.name ?? "";
    expect(splitWords(words, [`The Capital of ${name.toUpperCase()}.`]).pre).toContain(first);
    const other: Word = { name: "other", kind: name, group: "artifact", meaning: "nothing much" };
    expect(splitWords([...words, other], []).pre).toContain(first);
  });

  test("too few free words are an error", () => {
    expect(() => splitWords(words.slice(0, 700), [])).toThrow(/expected 760 free words, got 700/);
  });

  test("words are runs of letters in lower case", () => {
    expect(wordsIn("<search> Ulan Bator</search>São-Tomé, 7+4")).toEqual([
      ..."search ulan bator search são tomé".split(" "),
    ]);
  });
});
