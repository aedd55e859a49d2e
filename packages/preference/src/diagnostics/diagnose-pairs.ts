import type { Message } from "../message.ts";
import { ownText } from "../own-text.ts";
import type { Pair } from "../pair.ts";
import { similarity } from "../similarity.ts";
import { formatFeatureNames, formatFeatures, type FormatFeature } from "./format-features.ts";
import { createMargins, type Margins, type ScoredPair } from "./margins.ts";
import { createSeenTexts } from "./seen-texts.ts";
import { bySide, share, type Sides } from "./sides.ts";
import { createTally } from "./tally.ts";

/** What two models' answers differ in. Shares are of all pairs unless they say otherwise; what there are no pairs for is null. */
export interface DeltaDiagnostics {
  readonly pairs: number;
  /** In characters (UTF-16 units). */
  readonly length: {
    readonly mean: Sides<number | null>;
    readonly median: Sides<number | null>;
    /** Mean of chosen to mean of rejected. */
    readonly ratio: number | null;
    /** Share where chosen is longer; equal lengths count half. */
    readonly chosenLonger: number | null;
  };
  /** Of the pairs whose tokens are known, as each model counts its own. */
  readonly tokens: {
    readonly counted: number;
    readonly total: Sides<number>;
    readonly mean: Sides<number | null>;
    readonly ratio: number | null;
  };
  /** Under the base model, of the pairs that were scored. */
  readonly margins: Margins;
  /** Share of each side's texts. */
  readonly format: Readonly<Record<FormatFeature, Sides<number | null>>>;
  /** Of the pairs of which both texts could be judged. */
  readonly correctness: {
    readonly judged: number;
    readonly shareCorrect: Sides<number | null>;
    readonly rightOverWrong: number;
    readonly bothRight: number;
    readonly bothWrong: number;
    readonly inverted: number;
    /** Of the pairs with just one correct text, the share where it is the chosen. */
    readonly winRate: number | null;
  };
  /** 5-character shingles, 0 to 1. `histogram[i]` counts from i/10 up to below (i+1)/10, the last with 1. */
  readonly similarity: { readonly mean: number | null; readonly histogram: readonly number[] };
  /** Rows whose text was there in a row before. */
  readonly duplicates: {
    readonly prompts: number;
    readonly chosen: number;
    readonly rejected: number;
    readonly pairs: number;
  };
}

export interface DiagnoseOptions {
  /** Whether an answer to the prompt is correct; null where no answer is known. */
  readonly isCorrect?: ((promptId: string, text: string) => boolean | null) | undefined;
}

/** What there is to know of a pair beyond its row. */
export interface KnownOfPair {
  /** Of each answer. */
  readonly tokens?: Sides<number> | undefined;
  /** In place of the options' own. */
  readonly isCorrect?: ((text: string) => boolean | null) | undefined;
}

export interface DeltaDiagnosis {
  add(pair: Pair, known?: KnownOfPair): void;
  /** What the base model makes of one of the pairs. */
  addScored(scored: ScoredPair): void;
  report(): DeltaDiagnostics;
}

const sides = ["chosen", "rejected"] as const;

/** What the model itself wrote: other turns and observations are not learnt from. */
const ownTextOf = (messages: readonly Message[]): string =>
  messages
    .filter(({ role }) => role === "assistant")
    .map(({ content }) => ownText(content))
    .join("\n");

/** Diagnostics of pairs that come one by one. Memory: some 55 to 110 bytes a pair, whatever the texts' lengths. */
export function createDiagnosis({ isCorrect }: DiagnoseOptions = {}): DeltaDiagnosis {
  const lengths = bySide(createTally);
  const format = bySide(
    () => Object.fromEntries(formatFeatureNames.map((name) => [name, 0])) as Record<FormatFeature, number>,
  );
  const classes = { rightOverWrong: 0, bothRight: 0, bothWrong: 0, inverted: 0 };
  const histogram = Array.from({ length: 10 }, () => 0);
  const seen = {
    prompts: createSeenTexts(),
    chosen: createSeenTexts(),
    rejected: createSeenTexts(),
    pairs: createSeenTexts(),
  };
  const duplicates = { prompts: 0, chosen: 0, rejected: 0, pairs: 0 };
  const margins = createMargins();
  const tokens = { counted: 0, chosen: 0, rejected: 0 };
  let pairs = 0;
  let longer = 0;
  let similarities = 0;

  const judge = ({ chosen, rejected }: Sides<string>, correct: KnownOfPair["isCorrect"]) => {
    const better = correct?.(chosen) ?? null;
    const worse = correct?.(rejected) ?? null;
    if (better === null || worse === null) return;
    if (better) classes[worse ? "bothRight" : "rightOverWrong"]++;
    else classes[worse ? "inverted" : "bothWrong"]++;
  };

  return {
    addScored: (scored) => margins.add(scored),
    add({ prompt, prompt_id, ...pair }, known = {}) {
      pairs++;
      if (known.tokens !== undefined) {
        tokens.counted++;
        for (const side of sides) tokens[side] += known.tokens[side];
      }
      const texts = bySide((side) => ownTextOf(pair[side]));
      for (const side of sides) {
        lengths[side].add(texts[side].length);
        for (const name of formatFeatureNames) if (formatFeatures[name].test(texts[side])) format[side][name]++;
      }
      longer += (Math.sign(texts.chosen.length - texts.rejected.length) + 1) / 2;
      judge(texts, known.isCorrect ?? ((text) => isCorrect?.(prompt_id, text) ?? null));
      const alike = similarity(texts.chosen, texts.rejected);
      similarities += alike;
      histogram[Math.min(9, Math.floor(alike * 10))]!++;
      const asked = JSON.stringify(prompt.map(({ role, content }) => [role, content]));
      const keys = { prompts: asked, ...texts, pairs: JSON.stringify([asked, texts.chosen, texts.rejected]) };
      for (const name of ["prompts", "chosen", "rejected", "pairs"] as const)
        if (seen[name](keys[name])) duplicates[name]++;
    },
    report() {
      const total = bySide((side) => lengths[side].sum);
      const { rightOverWrong, bothRight, bothWrong, inverted } = classes;
      const judged = rightOverWrong + bothRight + bothWrong + inverted;
      const correct = { chosen: rightOverWrong + bothRight, rejected: inverted + bothRight };
      return {
        pairs,
        length: {
          mean: bySide((side) => share(total[side], pairs)),
          median: bySide((side) => lengths[side].median()),
          ratio: share(total.chosen, total.rejected),
          chosenLonger: share(longer, pairs),
        },
        tokens: {
          counted: tokens.counted,
          total: bySide((side) => tokens[side]),
          mean: bySide((side) => share(tokens[side], tokens.counted)),
          ratio: share(tokens.chosen, tokens.rejected),
        },
        margins: margins.report(),
        format: Object.fromEntries(
          formatFeatureNames.map((name) => [name, bySide((side) => share(format[side][name], pairs))]),
        ) as DeltaDiagnostics["format"],
        correctness: {
          judged,
          shareCorrect: bySide((side) => share(correct[side], judged)),
          ...classes,
          winRate: share(rightOverWrong, rightOverWrong + inverted),
        },
        similarity: { mean: share(similarities, pairs), histogram: [...histogram] },
        duplicates: { ...duplicates },
      };
    },
  };
}

/** What a LoRA trained on these pairs may learn: to be read before it is trained. */
export function diagnosePairs(pairs: Iterable<Pair>, options?: DiagnoseOptions): DeltaDiagnostics {
  const diagnosis = createDiagnosis(options);
  for (const pair of pairs) diagnosis.add(pair);
  return diagnosis.report();
}
