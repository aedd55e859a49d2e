import * as z from "zod";
import { gam, gamOptions } from "./methods/gam.ts";
import type { MergeMethod } from "./methods/merge-method.ts";
import { taskArithmetic, taskArithmeticOptions } from "./methods/task-arithmetic.ts";

/** What a recipe or merge file may say; defaults are filled in by parsing. JSON-able. */
export const mergeOptionsSchema = z.discriminatedUnion("method", [taskArithmeticOptions, gamOptions]);

/** As written: everything but the method may be left out. */
export type MergeOptions = z.input<typeof mergeOptionsSchema>;
/** With defaults. */
export type ParsedMergeOptions = z.output<typeof mergeOptionsSchema>;
export type MergeMethodName = ParsedMergeOptions["method"];

/** Every method, by name. A row's options are those of its name: the schema above checked them. */
export const mergeMethods = { task_arithmetic: taskArithmetic, gam } satisfies {
  [Name in MergeMethodName]: MergeMethod<Extract<ParsedMergeOptions, { method: Name }>>;
} as Record<MergeMethodName, MergeMethod<ParsedMergeOptions>>;
