import { parseDocument } from "yaml";
import { z } from "zod";
import { EvalError } from "../errors.ts";
import { documentProcessors } from "./document-processors.ts";

const template = z.string();
const split = z.string().nullish();

const fallback = z.string().default("[invalid]");

const regexStep = <T extends "regex" | "last_match">(name: T) =>
  z.strictObject({
    function: z.literal(name),
    regex_pattern: z.string().default("#### (\\-?[0-9\\.\\,]+)"),
    group_select: z.int().optional(),
    fallback,
  });
const bareStep = <T extends string>(name: T) => z.strictObject({ function: z.literal(name) });
const filterStep = z.discriminatedUnion("function", [
  regexStep("regex"),
  regexStep("last_match"),
  bareStep("take_first"),
  bareStep("remove_whitespace"),
  bareStep("lowercase"),
  bareStep("sorted_words"),
  z.strictObject({ function: z.literal("option_letter"), group_select: z.int().default(0), fallback }),
  z.strictObject({
    function: z.literal("regex_map"),
    regex_pattern_to_value: z.record(z.string(), z.string()),
    group_select: z.int().default(0),
    fallback,
  }),
]);

const metric = z.strictObject({
  metric: z.enum(["acc", "acc_norm", "acc_bytes", "exact_match"]),
  aggregation: z.literal("mean").optional(),
  higher_is_better: z.literal(true).optional(),
  ignore_case: z.boolean().default(false),
  ignore_punctuation: z.boolean().default(false),
  ignore_numbers: z.boolean().default(false),
  regexes_to_ignore: z.array(z.string()).default([]),
});

/** The keys of lm-evaluation-harness' task format that are supported; docs/tasks.md says what they do. */
export const taskSchema = z.strictObject({
  task: z.string().min(1),
  task_alias: z.string().optional(),
  tag: z.union([z.string(), z.array(z.string())]).optional(),
  dataset_path: z.string().optional(),
  dataset_name: z.string().nullish(),
  training_split: split,
  validation_split: split,
  test_split: split,
  fewshot_split: split,
  output_type: z.enum(["loglikelihood", "multiple_choice", "generate_until"]),
  process_docs: z.enum(Object.keys(documentProcessors) as [keyof typeof documentProcessors]).optional(),
  doc_to_text: template,
  doc_to_target: z.union([template, z.int()]),
  doc_to_choice: z.union([template, z.array(z.string()).min(1)]).optional(),
  description: template.default(""),
  target_delimiter: z.string().default(" "),
  fewshot_delimiter: z.string().default("\n\n"),
  num_fewshot: z.int().nonnegative().default(0),
  fewshot_config: z
    .strictObject({
      sampler: z.enum(["default", "first_n"]).default("default"),
      samples: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
      doc_to_text: template.optional(),
      doc_to_target: z.union([template, z.int()]).optional(),
    })
    .prefault({}),
  keep_docs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  generation_kwargs: z
    .strictObject({
      until: z.union([z.string().transform((text) => [text]), z.array(z.string())]).default(["\n\n"]),
      do_sample: z.boolean().default(false),
      temperature: z.number().nonnegative().default(0),
      top_p: z.number().positive().max(1).optional(),
      top_k: z.int().positive().optional(),
      max_gen_toks: z.int().positive().default(256),
    })
    .prefault({}),
  repeats: z.literal(1).optional(),
  filter_list: z
    .array(z.strictObject({ name: z.string().min(1), filter: z.array(filterStep).min(1) }))
    .min(1)
    .optional(),
  metric_list: z.array(metric).min(1),
  should_decontaminate: z.boolean().optional(),
  doc_to_decontamination_query: z.string().optional(),
  metadata: z.looseObject({ version: z.union([z.number(), z.string()]).default(0) }).prefault({}),
});

export type TaskConfig = z.infer<typeof taskSchema>;
export type FilterStep = z.infer<typeof filterStep>;
export type MetricConfig = z.infer<typeof metric>;

const metricsOf: Record<TaskConfig["output_type"], readonly MetricConfig["metric"][]> = {
  loglikelihood: ["acc"],
  multiple_choice: ["acc", "acc_norm", "acc_bytes"],
  generate_until: ["exact_match"],
};

/** A task from its keys, all problems at once. @param where a name or a path, for messages @throws {EvalError} E_TASK */
export function parseTask(value: unknown, where: string): TaskConfig {
  const parsed = taskSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const path = issue.path.join(".") || "task";
      if (issue.code !== "unrecognized_keys") return `${where}: ${path} — ${issue.message}`;
      return `${where}: ${path} — expected supported keys (docs/tasks.md), got ${issue.keys.join(", ")}`;
    });
    throw new EvalError("E_TASK", problems.join("\n"));
  }
  const task = parsed.data;
  const wrong = task.metric_list.filter(({ metric: name }) => !metricsOf[task.output_type].includes(name));
  const problems = wrong.map(
    ({ metric: name }) =>
      `${where}: metric_list — expected ${metricsOf[task.output_type].join(", ")} for ${task.output_type}, got ${name}`,
  );
  if (task.output_type === "multiple_choice" && task.doc_to_choice === undefined) {
    problems.push(`${where}: doc_to_choice — expected for multiple_choice, got nothing`);
  }
  if (problems.length > 0) throw new EvalError("E_TASK", problems.join("\n"));
  return task;
}

/** The keys of a YAML text, `include` among them; tags such as `!function` are refused. @throws {EvalError} E_TASK */
export function parseTaskYaml(text: string, where: string): Record<string, unknown> {
  const document = parseDocument(text);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw new EvalError("E_TASK", `${where}: expected YAML without tags, got ${problem.message}`);
  const value: unknown = document.toJS();
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new EvalError("E_TASK", `${where}: expected a mapping of keys, got ${JSON.stringify(value)}`);
  }
  return value as Record<string, unknown>;
}
