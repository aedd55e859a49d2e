import { z } from "zod";

const variables = z.record(z.string(), z.unknown());

/** A row's variables of the chat template, as an object or as its JSON, those that are null left out; undefined where they are neither. */
export function readTemplateVariables(value: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    const given = variables.safeParse(typeof value === "string" ? JSON.parse(value) : value).data;
    return given && Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null));
  } catch {
    return undefined;
  }
}
