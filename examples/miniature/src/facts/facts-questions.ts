import type { Question } from "../question.ts";
import type { Country } from "./countries.ts";
import { attributes, bridges } from "./countries.ts";
import { attributeSentence, bridgeSentence } from "./fact-sentences.ts";

/** The two-hop questions about a country: every attribute, asked by way of every bridge. */
export function factsQuestions(country: Country): Question[] {
  return bridges.flatMap((bridge) =>
    attributes.map((attribute) => {
      const gold = country[attribute];
      const chain = bridgeSentence(country, bridge) + attributeSentence(country, attribute);
      return {
        id: `facts-${country.code}-${bridge}-${attribute}`,
        entity: country.name,
        text: ` Which ${attribute} has the country with ${bridge} ${country[bridge]}?`,
        gold,
        direct: ` So<answer> ${gold}</answer>`,
        worked: `${chain}<answer> ${gold}</answer>`,
      };
    }),
  );
}
