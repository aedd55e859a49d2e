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
} satisfies Record<string, (doc: Doc) => Doc>;
