import { isKept, type Outcome, outcomes } from "./encode-pair.ts";
import { GrowingArray } from "./growing-array.ts";
import { countOutcomes, type PairCounts } from "./pair-counts.ts";

/** What became of each given pair, and the number of its prompt: 5 bytes a pair. */
export class PairTable {
  readonly #outcomes = new GrowingArray((length) => new Uint8Array(length));
  readonly #prompts = new GrowingArray((length) => new Uint32Array(length));
  readonly #firstPlace: number;

  /** @param firstPlace where in the file of encoded pairs the first kept one stands */
  constructor(firstPlace: number) {
    this.#firstPlace = firstPlace;
  }

  get length(): number {
    return this.#outcomes.length;
  }

  push(outcome: Outcome, prompt: number): void {
    this.#outcomes.push(outcomes.indexOf(outcome));
    this.#prompts.push(prompt);
  }

  /** Pairs of each of `prompts` prompts, whatever became of them. */
  pairsOf(prompts: number): Uint32Array {
    const pairs = new Uint32Array(prompts);
    for (const prompt of this.#prompts.values()) pairs[prompt]!++;
    return pairs;
  }

  /** The places in the file of the kept pairs whose prompt is wanted, and what became of all such. */
  select(isWanted: (prompt: number) => boolean): { readonly places: Uint32Array; readonly counts: PairCounts } {
    const places = new GrowingArray((length) => new Uint32Array(length));
    const [codes, prompts] = [this.#outcomes.values(), this.#prompts.values()];
    let place = this.#firstPlace;
    const counts = countOutcomes(
      (function* (): Generator<Outcome> {
        for (let i = 0; i < codes.length; i++) {
          const outcome = outcomes[codes[i]!]!;
          if (isWanted(prompts[i]!)) {
            if (isKept(outcome)) places.push(place);
            yield outcome;
          }
          if (isKept(outcome)) place++;
        }
      })(),
    );
    return { places: places.values(), counts };
  }
}
