import type { Markup } from "../html/markup.ts";
import { definitionList } from "./definition-list.ts";

/** Settings in a line, each a name and its value as the file has it. */
export const settingsList = (settings: Readonly<Record<string, unknown>>): Markup | undefined => {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return undefined;
  return definitionList(
    "settings",
    entries.map(([name, value]) => [name, show(value)]),
  );
};

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
