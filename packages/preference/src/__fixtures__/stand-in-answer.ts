import { createHash } from "node:crypto";

/**
 * What the stand-in model says: it names the model and the prompt, so that an answer that reached the wrong row shows.
 * Lengths vary. `sample` counts from 0.
 */
export function standInAnswer(model: string, prompt: string, sample = 0): string {
  const hash = createHash("sha256").update(`${model}\0${prompt}\0${sample}`).digest("hex");
  return `${model}:${hash} ${"word ".repeat(Number.parseInt(hash.slice(0, 2), 16) % 40)}end`;
}
