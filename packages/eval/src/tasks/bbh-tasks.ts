import type { FilterStep } from "./task-schema.ts";

/** How an answer is read that was not asked for in a form: the first of these in it, the last after reasoning. */
const readers = {
  letter: { function: "option_letter" },
  number: { function: "regex", regex_pattern: "([-0-9]+)" },
  words: { function: "sorted_words" },
  truthValue: { function: "regex", regex_pattern: "\\b(True|False)\\b" },
  yesNo: { function: "regex", regex_pattern: "\\b(Yes|No|yes|no)\\b" },
  valid: { function: "regex", regex_pattern: "\\b(valid|invalid)\\b" },
  brackets: { function: "regex", regex_pattern: '(?<= )([" \\[\\(<{}>\\)\\]]+)|([" \\[\\(<{}>\\)\\]]+)' },
  plausible: {
    function: "regex_map",
    regex_pattern_to_value: { "\\b(no|not plausible)\\b": "no", "\\b(yes|plausible)\\b": "yes" },
  },
  truth: {
    function: "regex_map",
    regex_pattern_to_value: {
      "\\b(no|does not tell the truth|is not telling the truth)\\b": "no",
      "\\b(yes|tells the truth|is telling the truth)\\b": "yes",
    },
  },
} satisfies Record<string, { function: FilterStep["function"]; [key: string]: unknown }>;

/** The 27 subtasks of BIG-Bench Hard (Suzgun et al. 2022, arXiv:2210.09261): name, how a free answer is read, instruction. */
// oxfmt-ignore
const subtasks: readonly (readonly [name: string, reader: keyof typeof readers, description: string])[] = [
  ["boolean_expressions", "truthValue", "Evaluate the result of a random Boolean expression."],
  ["causal_judgement", "yesNo", "Answer questions about causal attribution."],
  ["date_understanding", "letter", "Infer the date from context."],
  ["disambiguation_qa", "letter", "Clarify the meaning of sentences with ambiguous pronouns."],
  ["dyck_languages", "brackets", "Correctly close a Dyck-n word."],
  ["formal_fallacies", "valid", "Distinguish deductively valid arguments from formal fallacies."],
  ["geometric_shapes", "letter", "Name geometric shapes from their SVG paths."],
  ["hyperbaton", "letter", "Order adjectives correctly in English sentences."],
  ["logical_deduction_five_objects", "letter", "A logical deduction task which requires deducing the order of a sequence of objects."],
  ["logical_deduction_seven_objects", "letter", "A logical deduction task which requires deducing the order of a sequence of objects."],
  ["logical_deduction_three_objects", "letter", "A logical deduction task which requires deducing the order of a sequence of objects."],
  ["movie_recommendation", "letter", "Recommend movies similar to the given list of movies."],
  ["multistep_arithmetic_two", "number", "Solve multi-step arithmetic problems."],
  ["navigate", "yesNo", "Given a series of navigation instructions, determine whether one would end up back at the starting point."],
  ["object_counting", "number", "Questions that involve enumerating objects and asking the model to count them."],
  ["penguins_in_a_table", "letter", "Answer questions about a table of penguins and their attributes."],
  ["reasoning_about_colored_objects", "letter", "Answer extremely simple questions about the colors of objects on a surface."],
  ["ruin_names", "letter", "Select the humorous edit that 'ruins' the input movie or musical artist name."],
  ["salient_translation_error_detection", "letter", "Detect the type of error in an English translation of a German source sentence."],
  ["snarks", "letter", "Determine which of two sentences is sarcastic.\n\nAccording to Cambridge University Dictionary, sarcasm is \"the use of remarks that clearly mean the opposite of what they say, made in order to hurt someone's feelings or to criticize something in a humorous way.\" Sarcastic sentences often contain satirical or ironic utterances, hyperboles, ambivalent or witty remarks."],
  ["sports_understanding", "plausible", "Determine whether an artificially constructed sentence relating to sports is plausible or not."],
  ["temporal_sequences", "letter", "Task description: Answer questions about which times certain events could have occurred."],
  ["tracking_shuffled_objects_five_objects", "letter", "A task requiring determining the final positions of a set of objects given their initial positions and a description of a sequence of swaps."],
  ["tracking_shuffled_objects_seven_objects", "letter", "A task requiring determining the final positions of a set of objects given their initial positions and a description of a sequence of swaps."],
  ["tracking_shuffled_objects_three_objects", "letter", "A task requiring determining the final positions of a set of objects given their initial positions and a description of a sequence of swaps."],
  ["web_of_lies", "truth", "Evaluate a random boolean function expressed as a word problem."],
  ["word_sorting", "words", "Sort a list of words."],
];

const mean = { metric: "exact_match", aggregation: "mean", higher_is_better: true };
const takeFirst = { function: "take_first" };

const shared = (form: string, name: string, description: string) => ({
  task: `bbh_${form}_${name}`,
  dataset_path: "SaylorTwift/bbh",
  dataset_name: name,
  output_type: "generate_until",
  test_split: "test",
  description: `${description}\n\n`,
  doc_to_text: "Q: {{input}}\nA:",
  doc_to_target: "{{target}}",
});

/** Examples are the authors' own; they are no part of the test split, nor of this package. */
const shown = { num_fewshot: 3, fewshot_split: "cot" };
const written = { do_sample: false, temperature: 0 };
const untilNext = { ...written, until: ["</s>", "Q", "\n\n"] };
const untilQuestion = { ...written, until: ["</s>", "Q:", "<|im_end|>"] };
const lenient = { ...mean, ignore_case: true };
const saidAnswer = ["The answer is ", "the answer is ", "The answer: ", "The final answer: "];

const forms: Readonly<Record<string, (subtask: (typeof subtasks)[number]) => { readonly task: string }>> = {
  cot_fewshot: ([name, , description]) => ({
    ...shared("cot_fewshot", name, description),
    ...shown,
    doc_to_text: "Q: {{input}}\nA: Let's think step by step.\n",
    // Only an example has its reasoning: a row of the data set is refused as one.
    fewshot_config: { sampler: "first_n", doc_to_target: "{{cot}}" },
    target_delimiter: "",
    generation_kwargs: { ...untilNext, max_gen_toks: 1024 },
    filter_list: [
      {
        name: "get-answer",
        filter: [{ function: "regex", regex_pattern: "(?<=the answer is )(.*)(?=.)" }, takeFirst],
      },
    ],
    metric_list: [mean],
    metadata: { version: 4 },
  }),
  fewshot: ([name, , description]) => ({
    ...shared("fewshot", name, description),
    ...shown,
    fewshot_config: { sampler: "first_n" },
    generation_kwargs: untilNext,
    metric_list: [mean],
    metadata: { version: 2 },
  }),
  cot_zeroshot: ([name, reader, description]) => ({
    ...shared("cot_zeroshot", name, description),
    doc_to_text: "Q: {{input}}\nA: Let's think step by step.",
    generation_kwargs: untilQuestion,
    filter_list: [
      {
        name: "flexible-extract",
        filter: [{ ...readers[reader], ...(reader === "words" ? {} : { group_select: -1 }) }, takeFirst],
      },
      {
        name: "strict-match",
        filter: [
          {
            function: "regex",
            regex_pattern: `(${saidAnswer.map((said) => `(?<=${said})(.*)(?=.)`).join("|")})`,
          },
          takeFirst,
        ],
      },
    ],
    metric_list: [{ ...lenient, regexes_to_ignore: ["\\.$", ",", "\\\\", "\n", '"'] }],
    metadata: { version: 3 },
  }),
  zeroshot: ([name, reader, description]) => ({
    ...shared("zeroshot", name, description),
    generation_kwargs: untilQuestion,
    filter_list: [
      { name: "strict-match", filter: [takeFirst] },
      { name: "flexible-extract", filter: [readers[reader], takeFirst] },
    ],
    metric_list: [{ ...lenient, regexes_to_ignore: ["\\.$", ",", "\n", "\\\\", '"'] }],
    metadata: { version: 3 },
  }),
};

/** BIG-Bench Hard as lm-evaluation-harness asks it, by group; `bbh` is few-shot reasoning. */
export const bbhTasks: Readonly<Record<string, readonly { readonly task: string }[]>> = Object.fromEntries([
  ["bbh", subtasks.map(forms["cot_fewshot"]!)],
  ...Object.entries(forms).map(([form, task]) => [`bbh_${form}`, subtasks.map(task)]),
]);
