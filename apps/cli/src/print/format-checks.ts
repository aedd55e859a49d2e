import type { Check } from "@prefdelta/causal-lm";

/** What was looked at together. */
export interface CheckSection {
  readonly title: string;
  readonly checks: readonly Check[];
}

const WIDTH = "problem".length;

function checkLines({ name, state, what, advice }: Check): string[] {
  const line = `  ${state.padEnd(WIDTH)}  ${name}: ${what}`;
  return advice === undefined ? [line] : [line, `  ${" ".repeat(WIDTH)}    → ${advice}`];
}

const counted = (count: number, thing: string): string =>
  `${count === 0 ? "no" : count} ${thing}${count === 1 ? "" : "s"}`;

/** A line a check, with its advice below it, and how many problems and warnings there are. */
export function formatChecks(sections: readonly CheckSection[]): string {
  const all = sections.flatMap(({ checks }) => checks);
  const count = (state: Check["state"]): number => all.filter((check) => check.state === state).length;
  return [
    ...sections.flatMap(({ title, checks }) => [title, ...checks.flatMap(checkLines), ""]),
    `${counted(count("problem"), "problem")}, ${counted(count("warning"), "warning")}`,
  ].join("\n");
}
