import type { Tokenizer } from "../text/tokenizer.ts";
import type { Check } from "./check.ts";

/** Texts of the kinds that tokenizers stumble over. */
const samples = {
  ASCII: "The quick brown fox (no. 7) jumps: over the lazy dog!",
  umlauts: "Die Größe der Straße ändert sich übermäßig; naïve façades, señor.",
  CJK: "数学は楽しい。今天天气很好，안녕하세요!",
  emoji: "👍🏽 done 🎉 👩‍👩‍👧 ❤️",
  code: "def f(x):\n\tif x > 0:\n        return x ** 2  # twice\n\n\nprint(f(3))\n",
  "leading spaces": "   three spaces before, two  within, one after ",
  thoughts: "<think>\n2 + 2\n</think>\n\n<search>four</search><answer>4</answer>",
} satisfies Readonly<Record<string, string>>;

/** The first code unit at which two texts differ, with what is around it. */
function difference(expected: string, found: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at++;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 3), at + 8));
  return `${around(expected)} became ${around(found)}`;
}

/** Whether texts come back from their tokens as they were. What does not is learned, and answered, in another form than it was written. */
export function checkRoundTrips(tokenizer: Tokenizer): Check {
  const broken = Object.entries(samples).flatMap(([kind, text]) => {
    const found = tokenizer.decode(tokenizer.encode(text));
    return found === text ? [] : [`${kind} (${difference(text, found)})`];
  });
  const name = "tokenizer, round trips";
  const kinds = Object.keys(samples);
  if (broken.length === 0) return { name, state: "ok", what: `${kinds.join(", ")} come back as they were` };
  return {
    name,
    state: "warning",
    what: `${broken.length} of ${kinds.length} kinds of text do not come back as they were: ${broken.join(", ")}`,
    advice: "the tokenizer changes texts, or lacks characters; look whether your data holds such",
  };
}
