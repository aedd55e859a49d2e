import { format } from "d3-format";

/** What stands for a value that a file does not have. */
const NONE = "–";

const fixed = [".0f", ".1f", ".2f", ".3f", ".4f"].map((specifier) => format(specifier));
const significant = format(".3r");
const exponent = format(".2~e");

/** With so many digits after the point; what would be −0.0 is 0.0. */
export function decimals(value: number | null | undefined, digits: 0 | 1 | 2 | 3 | 4): string {
  if (value === null || value === undefined) return NONE;
  return fixed[digits]!(value).replace(/^−(?=[0.]*$)/, "");
}

/** A share as percent, without the sign: 0.5625 is 56.3. */
export const percent = (share: number | null | undefined, digits: 0 | 1 = 1): string =>
  share === null || share === undefined ? NONE : decimals(100 * share, digits);

/** A difference of shares in points, always with its sign. */
export function points(difference: number): string {
  const text = decimals(100 * difference, 1);
  return text.startsWith("−") ? text : `+${text}`;
}

/** Three significant digits, in powers of ten where it is very large or very small. */
export function threeDigits(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e5) return significant(value);
  return exponent(value).replace("e-", "e−").replace("e+", "e");
}

/** `p < .001` or `p = .038`: no leading zero, since it is never above 1. */
export function pValue(p: number): string {
  if (p < 0.001) return "p < .001";
  return p > 0.9995 ? "p = 1" : `p = ${p.toFixed(3).replace(/^0/, "")}`;
}

/** `one pair`, `2 pairs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count === 1 ? "one" : String(count)} ${count === 1 ? one : many}`;
