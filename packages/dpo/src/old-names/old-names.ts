import { oldLossWarnings } from "./old-losses.ts";
import { type OldName, oldRows } from "./old-rows.ts";

const names = Object.keys(oldRows) as OldName[];

/** The old arguments' schemas, to be part of the settings'. Marked, so that nobody is told to write one. */
export const oldFields = Object.fromEntries(
  names.map((name) => [name, oldRows[name].schema.meta({ deprecated: true })]),
) as { [Name in OldName]: (typeof oldRows)[Name]["schema"] };

type OldSettings = { readonly [Name in OldName]?: unknown } & { readonly loss_type?: string | readonly string[] };

const isGiven = (settings: OldSettings, name: OldName): boolean =>
  settings[name] !== undefined && settings[name] !== null;

/** One line for each old argument that settings have: what became of it. Empty for settings of today. */
export const oldNameWarnings = (settings: OldSettings): string[] => [
  ...names.filter((name) => isGiven(settings, name)).map((name) => `${name} — ${oldRows[name].outcome}`),
  ...oldLossWarnings(settings.loss_type ?? []),
];

/** Settings without the old arguments. */
export function withoutOldNames<Settings extends object>(settings: Settings): Omit<Settings, OldName> {
  const kept = Object.entries(settings).filter(([name]) => !(name in oldRows));
  return Object.fromEntries(kept) as Omit<Settings, OldName>;
}
