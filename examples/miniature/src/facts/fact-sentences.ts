import type { Attribute, Bridge, Country } from "./countries.ts";
import { attributes, bridges } from "./countries.ts";

export function bridgeSentence(country: Country, bridge: Bridge): string {
  return ` ${country[bridge]} is the ${bridge} of ${country.name}.`;
}

export function attributeSentence(country: Country, attribute: Attribute): string {
  return ` The ${attribute} of ${country.name} is ${country[attribute]}.`;
}

/**
 * Every single fact of a country, as a plain sentence and as a one-hop question.
 *
 * All countries have these, held-out ones too, as a language model would know them; the two-hop questions are what is held out.
 * Without the one-hop questions the facts are memorised but not used: the chain snaps to a country seen in two-hop questions.
 */
export function factDocuments(country: Country): string[] {
  const facts = [
    ...bridges.map((bridge) => ({
      question: ` Which country has ${bridge} ${country[bridge]}?`,
      sentence: bridgeSentence(country, bridge),
    })),
    ...attributes.map((attribute) => ({
      question: ` Which ${attribute} has ${country.name}?`,
      sentence: attributeSentence(country, attribute),
    })),
  ];
  return facts.flatMap(({ question, sentence }) => [
    `${sentence}<|end|>`,
    `<|user|>${question}<|assistant|>${sentence}<|end|>`,
  ]);
}
