import { bbhTasks } from "./bbh-tasks.ts";
import { mmluSubjects } from "./mmlu-subjects.ts";
import { parseTask, type TaskConfig } from "./task-schema.ts";

const gpqaSubsets = ["main", "extended", "diamond"];

// oxfmt-ignore
const mmluProCategories = [
  "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law", "math", "other",
  "philosophy", "physics", "psychology",
];

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

const gpqa = (subset: string) => ({
  task: `gpqa_${subset}_zeroshot`,
  dataset_path: "Idavidrein/gpqa",
  dataset_name: `gpqa_${subset}`,
  output_type: "multiple_choice",
  training_split: "train",
  validation_split: "train",
  process_docs: "gpqa",
  doc_to_text:
    "What is the correct answer to this question:{{Question}}\nChoices:\n(A) {{choice1}}\n(B) {{choice2}}\n(C) {{choice3}}\n(D) {{choice4}}\nAnswer:",
  doc_to_target: "answer",
  doc_to_choice: ["(A)", "(B)", "(C)", "(D)"],
  metric_list: [mean("acc"), mean("acc_norm")],
  metadata: { version: 2.2 },
});

const mmluPro = (category: string) => ({
  task: `mmlu_pro_${category.replaceAll(" ", "_")}`,
  dataset_path: "TIGER-Lab/MMLU-Pro",
  test_split: "test",
  fewshot_split: "validation",
  keep_docs: { category },
  process_docs: "mmlu_pro",
  output_type: "generate_until",
  description: `The following are multiple choice questions (with answers) about ${category}. Think step by step and then finish your answer with "the answer is (X)" where X is the correct letter choice.\n`,
  doc_to_text: "query",
  doc_to_target: "answer",
  fewshot_config: { sampler: "first_n", doc_to_target: "reasoning" },
  num_fewshot: 5,
  generation_kwargs: { until: ["Question:"], max_gen_toks: 2048, do_sample: false, temperature: 0 },
  filter_list: [
    {
      name: "custom-extract",
      filter: [{ function: "regex", regex_pattern: "answer is \\(?([ABCDEFGHIJ])\\)?" }, { function: "take_first" }],
    },
    // Not in lm-evaluation-harness: what a reasoning trace says last.
    {
      name: "last-match",
      filter: [
        { function: "last_match", regex_pattern: "answer is \\(?([ABCDEFGHIJ])\\)?" },
        { function: "take_first" },
      ],
    },
  ],
  metric_list: [{ ...mean("exact_match"), ignore_case: true, ignore_punctuation: true }],
  metadata: { version: 3.1 },
});

/** Short answers to open questions, from memory. */
const openQuestions = {
  output_type: "generate_until",
  training_split: "train",
  validation_split: "validation",
  generation_kwargs: { until: ["\n", ".", ","], do_sample: false, temperature: 0 },
  filter_list: [{ name: "remove_whitespace", filter: [{ function: "remove_whitespace" }, { function: "take_first" }] }],
};

const tasks = {
  triviaqa: {
    ...openQuestions,
    task: "triviaqa",
    dataset_path: "mandarjoshi/trivia_qa",
    dataset_name: "rc.nocontext",
    doc_to_text: "Question: {{question}}?\nAnswer:",
    doc_to_target: "{{answer.aliases}}",
    metric_list: [{ ...mean("exact_match"), ignore_case: true, ignore_punctuation: true }],
    metadata: { version: 3 },
  },
  nq_open: {
    ...openQuestions,
    task: "nq_open",
    dataset_path: "google-research-datasets/nq_open",
    description: "Answer these questions:\n\n",
    doc_to_text: "Q: {{question}}?\nA:",
    doc_to_target: "{{answer}}",
    fewshot_delimiter: "\n",
    metric_list: [
      {
        ...mean("exact_match"),
        ignore_case: true,
        ignore_punctuation: true,
        regexes_to_ignore: ["\\b(?:The |the |An |A |The |a |an )"],
      },
    ],
    metadata: { version: 4 },
  },
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
  ...Object.fromEntries(
    [
      ...mmluSubjects.map(mmlu),
      ...mmluProCategories.map(mmluPro),
      ...gpqaSubsets.map(gpqa),
      ...Object.values(bbhTasks).flat(),
    ].map((one) => [one.task, one]),
  ),
};

/** Groups: a name for several tasks. */
const groups: Readonly<Record<string, readonly string[]>> = {
  mmlu: mmluSubjects.map((subject) => mmlu(subject).task),
  mmlu_pro: mmluProCategories.map((category) => mmluPro(category).task),
  gpqa: gpqaSubsets.map((subset) => gpqa(subset).task),
  nq: ["nq_open"],
  ...Object.fromEntries(Object.entries(bbhTasks).map(([name, members]) => [name, members.map(({ task }) => task)])),
};

/** The names of built-in tasks and groups. */
export const builtInTaskNames: readonly string[] = [...Object.keys(tasks), ...Object.keys(groups)];

/** The tasks of a built-in name, one or a group's; none for a name that is not built in. */
export const builtInTasks = (name: string): TaskConfig[] =>
  (Object.hasOwn(groups, name) ? groups[name]! : [name])
    .filter((task) => Object.hasOwn(tasks, task))
    .map((task) => parseTask(tasks[task as keyof typeof tasks], task));
