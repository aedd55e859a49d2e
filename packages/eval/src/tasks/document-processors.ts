import { createRandom, shuffle } from "@prefdelta/random";
import type { Doc } from "./task-document.ts";

/** HellaSwag's texts without the marks that WikiHow left in them. */
const clean = (text: string): string =>
  text
    .trim()
    .replaceAll(" [title]", ". ")
    .replace(/\[.*?\]/g, "")
    .replaceAll("  ", " ");

/** As Python's: the rest becomes lower case. */
const capitalise = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();

const text = (value: unknown): string => {
  if (typeof value === "string") return value;
  throw new Error(`expected text, got ${JSON.stringify(value) ?? "nothing"}`);
};

const optional = (value: unknown): string => (value === null || value === undefined ? " " : text(value));

const LETTERS = "ABCDEFGHIJ";

/**
 * What `process_docs` may name: the functions that lm-evaluation-harness' own tasks bring as Python (there `!function utils.process_docs`).
 * HellaSwag's (Zellers et al. 2019, arXiv:1905.07830) joins the two contexts.
 */
export const documentProcessors = {
  hellaswag: (doc: Doc): Doc => ({
    ...doc,
    query: clean(`${text(doc["activity_label"])}: ${text(doc["ctx_a"])} ${capitalise(text(doc["ctx_b"]))}`),
    choices: (doc["endings"] as unknown[]).map((ending) => clean(text(ending))),
  }),
  /**
   * GPQA's (Rein et al. 2023, arXiv:2311.12022) puts the four answers into an order that is drawn. Drawn by the question alone: the same in every run, where
   * lm-evaluation-harness' order is another each time.
   */
  gpqa: (doc: Doc): Doc => {
    const names = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"];
    const answers = names.map((name) => optional(doc[name]).trim().replaceAll(" [title]", ". ").replaceAll("  ", " "));
    const order = shuffle(createRandom(1).fork("gpqa", text(doc["Question"])), [0, 1, 2, 3]);
    const choices = Object.fromEntries(order.map((from, i) => [`choice${i + 1}`, answers[from]]));
    return { ...doc, ...choices, answer: `(${LETTERS[order.indexOf(3)]})` };
  },
  /** MMLU-Pro's (Wang et al. 2024, arXiv:2406.01574) writes up to ten options; the reasoning of an example is its answer. */
  mmlu_pro: (doc: Doc): Doc => {
    const options = (doc["options"] as unknown[]).slice(0, LETTERS.length);
    const listed = options.map((option, i) => `${LETTERS[i]}. ${text(option).trim()}\n`).join("");
    return {
      ...doc,
      query: `Question:\n${text(doc["question"])}\nOptions:\n${listed}Answer: Let's think step by step.`,
      reasoning: text(doc["cot_content"] ?? "").replaceAll("A: Let's think step by step. ", ""),
    };
  },
} satisfies Record<string, (doc: Doc) => Doc>;
