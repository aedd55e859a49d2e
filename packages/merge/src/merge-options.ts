import * as z from "zod";
import { breadcrumbs, breadcrumbsOptions } from "./methods/breadcrumbs.ts";
import { dareLinear, dareLinearOptions } from "./methods/dare-linear.ts";
import { dareTies, dareTiesOptions } from "./methods/dare-ties.ts";
import { della, dellaOptions } from "./methods/della.ts";
import { karcher, karcherOptions } from "./methods/karcher.ts";
import { linear, linearOptions } from "./methods/linear.ts";
import { magnitudePrune, magnitudePruneOptions } from "./methods/magnitude-prune.ts";
import { sce, sceOptions } from "./methods/sce.ts";
import { slerp, slerpOptions } from "./methods/slerp.ts";
import { ties, tiesOptions } from "./methods/ties.ts";
import { core, coreOptions } from "./methods/core.ts";
import { ctm, ctmOptions } from "./methods/ctm.ts";
import { fedrot, fedrotOptions } from "./methods/fedrot.ts";
import { gam, gamOptions } from "./methods/gam.ts";
import { gpa, gpaOptions } from "./methods/gpa.ts";
import { isoC, isoCOptions } from "./methods/iso-c.ts";
import { isoCts, isoCtsOptions } from "./methods/iso-cts.ts";
import { knots, knotsOptions } from "./methods/knots.ts";
import { lego, legoOptions } from "./methods/lego.ts";
import type { MergeMethod } from "./methods/merge-method.ts";
import { robustmerge, robustmergeOptions } from "./methods/robustmerge.ts";
import { taskArithmetic, taskArithmeticOptions } from "./methods/task-arithmetic.ts";
import { tsv, tsvOptions } from "./methods/tsv.ts";

/** What a recipe or merge file may say; defaults are filled in by parsing. JSON-able. */
export const mergeOptionsSchema = z.discriminatedUnion("method", [
  taskArithmeticOptions,
  gamOptions,
  linearOptions,
  tiesOptions,
  dareLinearOptions,
  dareTiesOptions,
  dellaOptions,
  magnitudePruneOptions,
  breadcrumbsOptions,
  sceOptions,
  slerpOptions,
  karcherOptions,
  knotsOptions,
  coreOptions,
  ctmOptions,
  tsvOptions,
  isoCOptions,
  isoCtsOptions,
  gpaOptions,
  fedrotOptions,
  robustmergeOptions,
  legoOptions,
]);

/** As written: everything but the method may be left out. */
export type MergeOptions = z.input<typeof mergeOptionsSchema>;
/** With defaults. */
export type ParsedMergeOptions = z.output<typeof mergeOptionsSchema>;
export type MergeMethodName = ParsedMergeOptions["method"];

/** Every method, by name. A row's options are those of its name: the schema above checked them. */
export const mergeMethods = {
  task_arithmetic: taskArithmetic,
  gam,
  linear,
  ties,
  dare_linear: dareLinear,
  dare_ties: dareTies,
  della,
  magnitude_prune: magnitudePrune,
  breadcrumbs,
  sce,
  slerp,
  karcher,
  knots,
  core,
  ctm,
  tsv,
  iso_c: isoC,
  iso_cts: isoCts,
  gpa,
  fedrot,
  robustmerge,
  lego,
} satisfies {
  [Name in MergeMethodName]: MergeMethod<Extract<ParsedMergeOptions, { method: Name }>>;
} as Record<MergeMethodName, MergeMethod<ParsedMergeOptions>>;
