import type { AdapterOutline } from "@prefdelta/lora";
import { MergeError } from "./errors.ts";

/** What messages and reports call the adapters. @throws {MergeError} E_OPTIONS unless there is one name each */
export function adapterNames(
  adapters: readonly AdapterOutline[],
  names: readonly string[] | undefined,
): readonly string[] {
  if (names === undefined) return adapters.map((_, i) => `adapter ${i + 1}`);
  if (names.length === adapters.length) return names;
  throw new MergeError("E_OPTIONS", [`names: expected one per adapter, ${adapters.length}, found ${names.length}`]);
}
