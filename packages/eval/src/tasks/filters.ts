import { bbhFilters } from "./bbh-filters.ts";
import { pythonRegex } from "./python-regex.ts";
import type { Doc } from "./task-document.ts";
import type { FilterStep, TaskConfig } from "./task-schema.ts";

/** From the answers to one item to one answer. */
type Filter = (answers: readonly string[], doc: Doc) => string[];

type Step<F extends FilterStep["function"]> = Extract<FilterStep, { function: F }>;

/** What Python's `findall` gives for a match: all of it, or its only group, or the first of its groups that is not empty. */
function found(match: RegExpMatchArray, fallback: string): string {
  if (match.length === 1) return match[0];
  if (match.length === 2) return match[1] ?? "";
  return match.slice(1).find(Boolean) ?? fallback;
}

const select = (step: Step<"regex" | "last_match">, place: number): Filter => {
  const regex = pythonRegex(step.regex_pattern, "filter_list: regex_pattern");
  return (answers) =>
    answers.map((answer) => {
      const match = [...answer.matchAll(regex)].at(place);
      return match === undefined ? step.fallback : found(match, step.fallback).trim();
    });
};

/**
 * lm-evaluation-harness' filters, and `last_match`: its regex, but the last match by default, for reasoning often names an answer before the
 * one it settles on.
 */
const filters: { readonly [F in FilterStep["function"]]: (step: Step<F>) => Filter } = {
  regex: (step) => select(step, step.group_select ?? 0),
  last_match: (step) => select(step, step.group_select ?? -1),
  take_first: () => (answers) => answers.slice(0, 1),
  remove_whitespace: () => (answers) => answers.map((answer) => answer.trim()),
  lowercase: () => (answers) => answers.map((answer) => answer.toLowerCase()),
  ...bbhFilters,
};

const compile = (step: FilterStep): Filter => (filters[step.function] as (step: FilterStep) => Filter)(step);

export interface FilterPipeline {
  readonly name: string;
  readonly apply: (answer: string, doc: Doc) => string;
  /** What stands for an answer that could not be read, if anything does. */
  readonly fallback: string | undefined;
}

/** A task's filters, each from an answer to what is marked; without any, "none", which leaves it as it is. */
export function compileFilters({ filter_list: list }: Pick<TaskConfig, "filter_list">): FilterPipeline[] {
  if (list === undefined) return [{ name: "none", apply: (answer) => answer, fallback: undefined }];
  return list.map(({ name, filter }) => {
    const steps = filter.map(compile);
    const reader = filter.find((step) => "fallback" in step);
    return {
      name,
      apply: (answer, doc) => steps.reduce<string[]>((answers, step) => step(answers, doc), [answer])[0]!,
      fallback: reader?.fallback,
    };
  });
}
