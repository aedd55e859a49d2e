/** An option's text as a number; undefined for what is no number, or none that is accepted. */
export function parseNumber(text: string, accepts: (value: number) => boolean): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && accepts(value) ? value : undefined;
}

/** Whole numbers from `least` on. */
export const isCount =
  (least: number) =>
  (value: number): boolean =>
    Number.isSafeInteger(value) && value >= least;
