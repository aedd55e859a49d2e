import { mmluSubjects } from "./mmlu-subjects.ts";
import { parseTask, type TaskConfig } from "./task-schema.ts";

const mean = (metric: string) => ({ metric, aggregation: "mean", higher_is_better: true });

const arc = (task: string, name: string) => ({
  task,
  dataset_path: "allenai/ai2_arc",
  dataset_name: name,
  output_type: "multiple_choice",
  training_split: "train",
  validation_split: "validation",
  test_split: "test",
  doc_to_text: "Question: {{question}}\nAnswer:",
  doc_to_target: "{{choices.label.index(answerKey)}}",
  doc_to_choice: "{{choices.text}}",
  metric_list: [mean("acc"), mean("acc_norm")],
  metadata: { version: 1 },
});

const mmlu = (subject: string) => ({
  task: `mmlu_${subject}`,
  dataset_path: "cais/mmlu",
  dataset_name: subject,
  test_split: "test",
  fewshot_split: "dev",
  fewshot_config: { sampler: "first_n" },
  output_type: "multiple_choice",
  description: `The following are multiple choice questions (with answers) about ${subject.replaceAll("_", " ")}.\n\n`,
  doc_to_text:
    "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:",
  doc_to_choice: ["A", "B", "C", "D"],
  doc_to_target: "answer",
  metric_list: [mean("acc")],
  metadata: { version: 1 },
});

const tasks = {
  arc_easy: arc("arc_easy", "ARC-Easy"),
  arc_challenge: arc("arc_challenge", "ARC-Challenge"),
  hellaswag: {
    task: "hellaswag",
    dataset_path: "Rowan/hellaswag",
    output_type: "multiple_choice",
    training_split: "train",
    validation_split: "validation",
    process_docs: "hellaswag",
    doc_to_text: "{{query}}",
    doc_to_target: "{{label}}",
    doc_to_choice: "choices",
    metric_list: [mean("acc"), mean("acc_norm")],
    metadata: { version: 1 },
  },
  gsm8k: {
    task: "gsm8k",
    dataset_path: "openai/gsm8k",
    dataset_name: "main",
    output_type: "generate_until",
    training_split: "train",
    fewshot_split: "train",
    test_split: "test",
    doc_to_text: "Question: {{question}}\nAnswer:",
    doc_to_target: "{{answer}}",
    metric_list: [
      { ...mean("exact_match"), ignore_case: true, regexes_to_ignore: [",", "\\$", "(?s).*#### ", "\\.$"] },
    ],
    generation_kwargs: { until: ["Question:", "</s>", "<|im_end|>"], do_sample: false, temperature: 0 },
    num_fewshot: 5,
    filter_list: [
      {
        name: "strict-match",
        filter: [{ function: "regex", regex_pattern: "#### (\\-?[0-9\\.\\,]+)" }, { function: "take_first" }],
      },
      {
        name: "flexible-extract",
        filter: [
          { function: "regex", group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)" },
          { function: "take_first" },
        ],
      },
    ],
    metadata: { version: 3 },
  },
  ...Object.fromEntries(mmluSubjects.map((subject) => [`mmlu_${subject}`, mmlu(subject)])),
};

/** Groups: a name for several tasks. */
const groups: Readonly<Record<string, readonly string[]>> = { mmlu: mmluSubjects.map((subject) => `mmlu_${subject}`) };

/** The names of built-in tasks and groups. */
export const builtInTaskNames: readonly string[] = [...Object.keys(tasks), ...Object.keys(groups)];

/** The tasks of a built-in name, one or a group's; none for a name that is not built in. */
export const builtInTasks = (name: string): TaskConfig[] =>
  (Object.hasOwn(groups, name) ? groups[name]! : [name])
    .filter((task) => Object.hasOwn(tasks, task))
    .map((task) => parseTask(tasks[task as keyof typeof tasks], task));
