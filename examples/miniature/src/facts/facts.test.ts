import { describe, expect, test } from "vitest";
import { attributes, bridges, loadCountries } from "./countries.ts";
import type { Country } from "./countries.ts";
import { factDocuments } from "./fact-sentences.ts";
import { factsQuestions } from "./facts-questions.ts";

const chad: Country = {
  name: "Chad",
  capital: "N'Djamena",
  domain: ".td",
  code: "TCD",
  currency: "Central African CFA franc",
  language: "Arabic",
  continent: "Africa",
  split: "pre",
};

describe("countries", () => {
  const countries = loadCountries();

  test("the 193 members of the United Nations, every fact known", () => {
    expect(countries).toHaveLength(193);
    for (const country of countries) for (const key of [...bridges, ...attributes]) expect(country[key]).not.toBe("");
    const found = countries.find(({ name }) => name === "Chad");
    expect(found).toEqual({ ...chad, split: found?.split });
  });

  test("a bridge names one country only", () => {
    for (const bridge of bridges) expect(new Set(countries.map((country) => country[bridge])).size).toBe(193);
  });

  test("40 % are pretraining's, 15 % are for pairs, 10 % for tuning, 35 % for the table", () => {
    const counts = { pre: 0, dpo: 0, dev: 0, eval: 0 };
    for (const { split } of countries) counts[split]++;
    expect(counts).toEqual({ pre: 78, dpo: 29, dev: 19, eval: 67 });
  });
});

test("single facts come as sentence and as one-hop question", () => {
  const documents = factDocuments(chad);
  expect(documents).toHaveLength(12);
  expect(documents).toContain(" N'Djamena is the capital of Chad.<|end|>");
  expect(documents).toContain("<|user|> Which country has domain .td?<|assistant|> .td is the domain of Chad.<|end|>");
  expect(documents).toContain("<|user|> Which language has Chad?<|assistant|> The language of Chad is Arabic.<|end|>");
});

test("a two-hop question does not say the country's name; its worked answer goes by way of it", () => {
  const questions = factsQuestions(chad);
  expect(questions).toHaveLength(9);
  for (const { text } of questions) expect(text).not.toContain("Chad");
  expect(questions.find(({ id }) => id === "facts-TCD-capital-currency")).toEqual({
    id: "facts-TCD-capital-currency",
    entity: "Chad",
    text: " Which currency has the country with capital N'Djamena?",
    gold: "Central African CFA franc",
    direct: " So<answer> Central African CFA franc</answer>",
    worked:
      " N'Djamena is the capital of Chad. The currency of Chad is Central African CFA franc." +
      "<answer> Central African CFA franc</answer>",
  });
});
