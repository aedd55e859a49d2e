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

/** Every method, by name, with the schema of its options: names, ranges and defaults. */
export const mergeMethods = {
  task_arithmetic: { ...taskArithmetic, options: taskArithmeticOptions },
  gam: { ...gam, options: gamOptions },
  linear: { ...linear, options: linearOptions },
  ties: { ...ties, options: tiesOptions },
  dare_linear: { ...dareLinear, options: dareLinearOptions },
  dare_ties: { ...dareTies, options: dareTiesOptions },
  della: { ...della, options: dellaOptions },
  magnitude_prune: { ...magnitudePrune, options: magnitudePruneOptions },
  breadcrumbs: { ...breadcrumbs, options: breadcrumbsOptions },
  sce: { ...sce, options: sceOptions },
  slerp: { ...slerp, options: slerpOptions },
  karcher: { ...karcher, options: karcherOptions },
  knots: { ...knots, options: knotsOptions },
  core: { ...core, options: coreOptions },
  ctm: { ...ctm, options: ctmOptions },
  tsv: { ...tsv, options: tsvOptions },
  iso_c: { ...isoC, options: isoCOptions },
  iso_cts: { ...isoCts, options: isoCtsOptions },
  gpa: { ...gpa, options: gpaOptions },
  fedrot: { ...fedrot, options: fedrotOptions },
  robustmerge: { ...robustmerge, options: robustmergeOptions },
  lego: { ...lego, options: legoOptions },
} satisfies {
  [Name in MergeMethodName]: Row<Extract<ParsedMergeOptions, { method: Name }>>;
} as Record<MergeMethodName, MergeMethod<ParsedMergeOptions> & { readonly options: z.ZodType }>;

type Row<Options> = MergeMethod<Options> & { readonly options: z.ZodType<Options> };
