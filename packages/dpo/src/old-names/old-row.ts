import { z } from "zod";

/** What becomes of an argument that settings of other trainers have and ours have not. */
export interface OldRow<Schema extends z.ZodType = z.ZodType> {
  /** What of it may be given. */
  readonly schema: Schema;
  /** Told to whoever gives it. */
  readonly outcome: string;
}

/** Without effect on what is trained, so that any value may be given. */
export const ignored = (why: string): OldRow<z.ZodOptional<z.ZodUnknown>> => ({
  schema: z.unknown().optional(),
  outcome: `ignored: ${why}`,
});

/** Several names of one kind. */
export const allIgnored = <const Name extends string>(why: string, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, ignored(why)])) as Record<Name, ReturnType<typeof ignored>>;

/** May only say what we do anyway: anything else would train another model, or another way, and is refused. Nothing is always allowed. */
export function only(values: readonly (string | number | boolean)[], why: string) {
  const expected = [...values.map((value) => JSON.stringify(value)), "nothing"].join(" or ");
  const isAllowed = (given: unknown): boolean =>
    (Array.isArray(given) && given.length === 0) || values.some((value) => value === given);
  return {
    schema: z
      .unknown()
      .refine((given) => given == null || isAllowed(given), `expected ${expected}: ${why}`)
      .optional(),
    outcome: "not needed",
  };
}

/** Meant, under another name. */
export const taken = <Schema extends z.ZodType>(schema: Schema, as: string) => ({
  schema: schema.nullish(),
  outcome: `taken ${as}`,
});

/** Has a schema with reasons of its own. */
export const refusedBy = <Schemas extends Readonly<Record<string, z.ZodType>>>(schemas: Schemas) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { schema, outcome: "not needed" }])) as {
    [Name in keyof Schemas]: OldRow<Schemas[Name]>;
  };
