import type { DeltaDiagnostics } from "./diagnose-pairs.ts";
import { formatFeatureNames, type FormatFeature } from "./format-features.ts";

export interface DeltaVerdict {
  /** Stable, for callers to branch on. */
  readonly code: "pairs" | "length" | "format" | "correctness" | "similarity" | "duplicates" | "margins";
  readonly level: "good" | "note" | "warning";
  readonly text: string;
}

/** From where on a verdict is given: chosen by us, not taken from a paper. */
const limits = {
  pairs: 100,
  lengthNote: 1.25,
  lengthWarning: 1.5,
  formatGap: 0.2,
  /** Standard errors of a difference that is no chance. */
  z: 2,
  nearlySame: 0.1,
  samePrompts: 0.01,
  sameAnswers: 0.2,
  likelier: 0.9,
};

const labels: Record<FormatFeature, string> = {
  think_tags: "<think> tags",
  answer_tags: "<answer> tags",
  headings: "headings",
  lists: "lists",
  bold: "bold type",
  code_blocks: "code blocks",
  formulas: "formulas",
  refusals: "refusals",
  open_ends: "ends without punctuation",
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function lengthVerdicts({ length }: DeltaDiagnostics): DeltaVerdict[] {
  const { ratio } = length;
  if (ratio === null || ratio === 0) return [];
  const factor = Math.max(ratio, 1 / ratio);
  if (factor < limits.lengthNote) return [];
  const [word, lesson] = ratio > 1 ? ["longer", "length"] : ["shorter", "brevity"];
  return [
    {
      code: "length",
      level: factor < limits.lengthWarning ? "note" : "warning",
      text: `chosen is ${factor.toFixed(1)}× ${word}: the delta may teach ${lesson}`,
    },
  ];
}

const formatVerdicts = ({ format }: DeltaDiagnostics): DeltaVerdict[] =>
  formatFeatureNames.flatMap((name) => {
    const { chosen, rejected } = format[name];
    if (chosen === null || rejected === null || Math.abs(chosen - rejected) < limits.formatGap) return [];
    const text = `${labels[name]} in ${percent(chosen)} of chosen and ${percent(rejected)} of rejected texts: the delta may teach the format`;
    return [{ code: "format", level: name === "think_tags" ? "warning" : "note", text }];
  });

/** Discordant pairs alone tell which side is better: z of McNemar's test (1947), without continuity correction. */
function correctnessVerdicts({ correctness }: DeltaDiagnostics): DeltaVerdict[] {
  const { judged, rightOverWrong, inverted, shareCorrect } = correctness;
  if (judged === 0) return [];
  const discordant = rightOverWrong + inverted;
  const z = discordant === 0 ? 0 : (rightOverWrong - inverted) / Math.sqrt(discordant);
  const shares = `chosen is right in ${percent(shareCorrect.chosen!)}, rejected in ${percent(shareCorrect.rejected!)} of ${judged} pairs`;
  if (z > limits.z)
    return [{ code: "correctness", level: "good", text: `${shares}: the delta points to correct answers` }];
  if (z < -limits.z)
    return [{ code: "correctness", level: "warning", text: `${shares}: the delta points the wrong way` }];
  return [{ code: "correctness", level: "note", text: `${shares}: no more than chance would give` }];
}

function similarityVerdicts({ pairs, similarity }: DeltaDiagnostics): DeltaVerdict[] {
  const nearlySame = similarity.histogram.at(-1)! / pairs;
  if (nearlySame < limits.nearlySame) return [];
  return [
    {
      code: "similarity",
      level: "note",
      text: `${percent(nearlySame)} of the pairs are nearly the same text twice: they teach little`,
    },
  ];
}

/** What the base thinks of the pairs before it learns from them. */
function marginVerdicts({ margins: { pairs, chosenLikelier } }: DeltaDiagnostics): DeltaVerdict[] {
  if (chosenLikelier === null) return [];
  const told = (side: string, share: number, lesson: string): DeltaVerdict => ({
    code: "margins",
    level: "note",
    text: `the base finds the ${side} text likelier, token for token, in ${percent(share)} of ${pairs} pairs: ${lesson}`,
  });
  if (chosenLikelier >= limits.likelier)
    return [told("chosen", chosenLikelier, "it prefers them already, there may be little to learn")];
  if (1 - chosenLikelier < limits.likelier) return [];
  return [told("rejected", 1 - chosenLikelier, "the delta goes against it; are the sides the right way round?")];
}

function duplicateVerdicts({ pairs, duplicates }: DeltaDiagnostics): DeltaVerdict[] {
  const verdicts: DeltaVerdict[] = [];
  if (duplicates.prompts / pairs >= limits.samePrompts) {
    const text = `${percent(duplicates.prompts / pairs)} of the prompts were there before: they count more than once`;
    verdicts.push({ code: "duplicates", level: "note", text });
  }
  for (const side of ["chosen", "rejected"] as const)
    if (duplicates[side] / pairs >= limits.sameAnswers) {
      const text = `${percent(duplicates[side] / pairs)} of the ${side} texts were there before: the delta may teach ${side === "chosen" ? "" : "to avoid "}single answers`;
      verdicts.push({ code: "duplicates", level: "note", text });
    }
  return verdicts;
}

/** What the numbers mean, in sentences; nothing where nothing stands out. */
export function deltaVerdicts(diagnostics: DeltaDiagnostics): DeltaVerdict[] {
  const { pairs } = diagnostics;
  if (pairs === 0) return [{ code: "pairs", level: "warning", text: "no pairs: there is nothing to learn" }];
  const few: DeltaVerdict[] =
    pairs < limits.pairs
      ? [{ code: "pairs", level: "note", text: `only ${pairs} pairs: the numbers below are rough` }]
      : [];
  return [
    ...few,
    ...correctnessVerdicts(diagnostics),
    ...lengthVerdicts(diagnostics),
    ...formatVerdicts(diagnostics),
    ...similarityVerdicts(diagnostics),
    ...marginVerdicts(diagnostics),
    ...duplicateVerdicts(diagnostics),
  ];
}
