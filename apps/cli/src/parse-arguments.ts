import { parseArgs } from "node:util";

import type { ArgsDef } from "citty";

import { nearest } from "./config/nearest.ts";
import { CliError } from "./errors.ts";

/** What was given: `values.out` for `--out`, `lists.set` for every `--set`, `positionals` in order. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly flags: ReadonlySet<string>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** An option that may be given several times says so with `repeatable`; a positional that takes all the rest, with `rest`. */
export type CommandArguments = { [Name in string]: ArgsDef[string] & { repeatable?: boolean; rest?: boolean } };

/**
 * citty's definitions, read strictly: citty itself lets unknown flags pass and keeps only the last of several.
 *
 * @throws CliError E_USAGE with every problem at once.
 */
export function parseArguments(raw: readonly string[], definitions: CommandArguments): Arguments {
  const options = Object.entries(definitions).filter(([, one]) => one.type !== "positional");
  const { tokens } = parseArgs({
    args: [...raw],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      options.map(([name, one]) => [name, { type: one.type === "boolean" ? "boolean" : "string", multiple: true }]),
    ),
  });

  const problems: string[] = [];
  const flags = new Set<string>();
  const lists: Record<string, string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const definition = definitions[token.name];
    if (definition === undefined || definition.type === "positional" || token.rawName !== `--${token.name}`) {
      problems.push(`${token.rawName}: unknown option${suggestion(token.name, options)}`);
    } else if (definition.type === "boolean") {
      if (token.value === undefined) flags.add(token.name);
      else problems.push(`--${token.name}: takes no value, found "${token.value}"`);
    } else if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      problems.push(`--${token.name}: expected a value, found ${token.value ?? "nothing"}`);
    } else {
      (lists[token.name] ??= []).push(token.value);
      if (!definition.repeatable && lists[token.name]!.length > 1) problems.push(`--${token.name}: given twice`);
    }
  }
  problems.push(...missing(definitions, { positionals, lists }), ...surplus(definitions, positionals));
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });

  const values = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.at(-1)]));
  return { positionals, values, flags, lists };
}

function suggestion(name: string, options: readonly (readonly [string, unknown])[]): string {
  const names = options.map(([known]) => known);
  const near = nearest(name, names);
  return near === undefined
    ? `; expected one of ${names.map((one) => `--${one}`).join(", ")}`
    : `; did you mean --${near}?`;
}

function missing(
  definitions: CommandArguments,
  { positionals, lists }: { positionals: readonly string[]; lists: Readonly<Record<string, unknown>> },
): string[] {
  const names = Object.entries(definitions).filter(([, one]) => one.type === "positional");
  return [
    ...names
      .filter(([, one], i) => one.required !== false && i >= positionals.length)
      .map(([name]) => `${name.toUpperCase()}: missing`),
    ...Object.entries(definitions)
      .filter(([name, one]) => one.type !== "positional" && one.required === true && lists[name] === undefined)
      .map(([name]) => `--${name}: missing`),
  ];
}

function surplus(definitions: CommandArguments, positionals: readonly string[]): string[] {
  const names = Object.values(definitions).filter((one) => one.type === "positional");
  if (names.some((one) => one.rest)) return [];
  return positionals.slice(names.length).map((value) => `${value}: one argument too many`);
}
