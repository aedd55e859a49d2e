import type * as z from "zod";
import { MergeError } from "./errors.ts";

/** @throws {MergeError} E_OPTIONS, all problems at once */
export function parseOptions<Schema extends z.ZodType>(schema: Schema, options: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new MergeError(
    "E_OPTIONS",
    parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)),
  );
}
