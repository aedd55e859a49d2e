import { formatMegabytes } from "../print/format-bytes.ts";
import type { Reporter } from "../print/reporter.ts";

/** Tells the first shortage of `--memory` that a model's answers or likelihoods met, and no other: they are as many as the rows. */
export function warnOnce(reporter: Pick<Reporter, "line">): (needed: number, left: number) => void {
  let told = false;
  return (needed, left) => {
    if (told) return;
    told = true;
    reporter.line(
      `warning: a single row takes some ${formatMegabytes(needed)}, and --memory leaves ${formatMegabytes(Math.max(0, left))} beside process and weights: it runs all the same; shorter prompts and answers take less`,
    );
  };
}
