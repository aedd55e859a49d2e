import { createRequire } from "node:module";
import type { Country as CountryRecord } from "world-countries";
import type { Split } from "../question.ts";
import { hashOrder } from "../unit-hash.ts";

/** What names a country without saying its name: the first hop. Each is unique among the countries kept. */
export const bridges = ["capital", "domain", "code"] as const;
export type Bridge = (typeof bridges)[number];

/** What is asked about the country: the second hop. */
export const attributes = ["currency", "language", "continent"] as const;
export type Attribute = (typeof attributes)[number];

export interface Country extends Readonly<Record<Bridge | Attribute, string>> {
  readonly name: string;
  readonly split: Split;
}

/** Up to which share of the hash order each split reaches. Pretraining keeps 40 %: with less, the two hops are not learnt. */
const splitEnds = [
  ["pre", 0.4],
  ["dpo", 0.55],
  ["dev", 0.65],
  ["eval", 1],
] as const satisfies readonly (readonly [Split, number])[];

/** The members of the United Nations of which every fact is known (193), with their splits. Of several currencies or languages, the first listed. */
export function loadCountries(): Country[] {
  // The package's ESM entry imports JSON without an attribute, which Node refuses; its CommonJS entry works.
  const records = createRequire(import.meta.url)("world-countries") as readonly CountryRecord[];
  const facts = records.filter((record) => record.unMember).flatMap(factsOf);
  const ordered = hashOrder(facts, ({ name }) => `country ${name}`);
  return ordered.map((country, index) => ({ ...country, split: splitAt(index / ordered.length) }));
}

function factsOf(record: CountryRecord): Omit<Country, "split">[] {
  const capital = record.capital[0];
  const domain = record.tld[0];
  const currency = Object.values(record.currencies)[0]?.name;
  const language = Object.values(record.languages)[0];
  if (!capital || !domain || !currency || !language) return [];
  const { cca3: code, region: continent } = record;
  return [{ name: record.name.common, capital, domain, code, currency, language, continent }];
}

function splitAt(position: number): Split {
  for (const [split, end] of splitEnds) if (position < end) return split;
  return "eval";
}
