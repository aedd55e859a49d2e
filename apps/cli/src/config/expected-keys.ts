import { z } from "zod";

import type { KeyPath } from "./key-path.ts";
import { valueAt } from "./key-path.ts";

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  const?: unknown;
  required?: string[];
  deprecated?: boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The keys a schema knows at `path`, those that are deprecated left out, for "expected one of": read from its JSON Schema, unions decided by the value. */
export function expectedKeys(schema: z.ZodType, { value, path }: { value: unknown; path: KeyPath }): string[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  let here: JsonSchema = root;
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth]!;
    here = choose(resolve(here, root), root, valueAt(value, path.slice(0, depth)));
    const additional = typeof here.additionalProperties === "object" ? here.additionalProperties : {};
    here = typeof key === "number" ? (here.items ?? {}) : (here.properties?.[key] ?? additional);
  }
  const { properties = {} } = choose(resolve(here, root), root, valueAt(value, path));
  return Object.keys(properties).filter((key) => resolve(properties[key]!, root).deprecated !== true);
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.match(/^#\/\$defs\/(.+)$/)?.[1];
  return name === undefined ? schema : (root.$defs?.[name] ?? {});
}

/** The branch of a union whose constant properties (its discriminator) are those of the value, or whose required ones it has; else the first mapping. */
function choose(schema: JsonSchema, root: JsonSchema, value: unknown): JsonSchema {
  const branches = (schema.oneOf ?? schema.anyOf)?.map((branch) => choose(resolve(branch, root), root, value));
  if (branches === undefined) return schema;
  const agrees = (branch: JsonSchema): boolean =>
    Object.entries(branch.properties ?? {}).some(
      ([key, { const: constant }]) => constant !== undefined && valueAt(value, [key]) === constant,
    );
  const has = ({ required = [] }: JsonSchema): boolean =>
    required.length > 0 && required.every((key) => valueAt(value, [key]) !== undefined);
  return (
    branches.find(agrees) ?? branches.find(has) ?? branches.find((branch) => branch.properties !== undefined) ?? {}
  );
}
