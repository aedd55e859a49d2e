import type { Json } from "./parse-json.ts";

/** A value as a message shows it: scalars themselves, the rest by kind. */
export function describeJson(json: Json | undefined): string {
  if (json === undefined) return "nothing";
  if (json instanceof Map) return "an object";
  if (Array.isArray(json)) return "a list";
  return typeof json === "string" ? JSON.stringify(json) : String(json);
}
