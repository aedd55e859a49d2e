import { extractAnswer } from "../answer.ts";
import { EvalError } from "../errors.ts";
import type { ReportedTask, TaskEvaluation } from "../results/task-results.ts";
import type { AgentRequest } from "../search/agent.ts";
import { runSearchR1, type SearchR1Options } from "../search/search-r1-agent.ts";
import { runToolAgent, type ToolAgentOptions } from "../search/tool-agent.ts";
import { modelText, transcriptText } from "../transcript.ts";
import { agentCosts, agentOutcomes } from "./agent-outcomes.ts";
import { type Question, searchR1Prompt, toolPrompt } from "./questions.ts";

/** By Search-R1's protocol with `continueText`, by the model's own tool calling with `chat`. */
export type RunQuestionsOptions = (SearchR1Options | ToolAgentOptions) & {
  /** The data set's name, in results and files. */
  readonly name: string;
  /** Whether the model may think: else any think tag is a leak. Search-R1's prompt asks for it. */
  readonly thinking?: boolean;
};

const FILTER = "answer";

const reported = (task: string): ReportedTask => ({
  task,
  output_type: "generate_until",
  num_fewshot: 0,
  metric_list: [
    ...["em", "f1", "cover"].map((metric) => ({ metric })),
    ...agentCosts.map((metric) => ({ metric, higher_is_better: false })),
  ],
  metadata: { version: 2 },
});

const ask = (requests: readonly AgentRequest[], options: RunQuestionsOptions) =>
  "chat" in options ? runToolAgent(requests, options) : runSearchR1(requests, options);

/**
 * Lets a model answer open questions with a search tool, as Search-R1 asks them (Jin et al. 2025, arXiv:2503.09516) or by its own tool calling, and marks the answers. Samples are
 * in lm-evaluation-harness' form; each measure of `agentOutcomes` is a metric under the filter `answer`.
 *
 * @throws {EvalError} E_NO_ITEMS, E_PORT
 */
export async function runQuestions(
  questions: readonly Question[],
  options: RunQuestionsOptions,
): Promise<TaskEvaluation> {
  const { name, thinking = true } = options;
  const promptOf = "chat" in options ? toolPrompt : searchR1Prompt;
  if (questions.length === 0) throw new EvalError("E_NO_ITEMS", `${name}: questions — expected at least one, got none`);
  const requests = questions.map(({ id, question }) => ({
    id,
    prompt: [{ role: "user" as const, content: promptOf(question) }],
  }));
  const transcripts = await ask(requests, options);
  const outcomes = Object.entries(agentOutcomes(questions, transcripts, { thinking }));
  const samples = questions.map((question, place) => {
    const transcript = transcripts[place]!;
    return {
      doc_id: place,
      doc: question,
      target: question.answers[0],
      arguments: { gen_args_0: { arg_0: requests[place]!.prompt } },
      resps: [[transcriptText(transcript)]],
      ...(transcript.messages === undefined ? {} : { messages: transcript.messages }),
      filtered_resps: [extractAnswer(modelText(transcript))],
      filter: FILTER,
      metrics: outcomes.map(([measure]) => measure),
      ...Object.fromEntries(outcomes.map(([measure, items]) => [measure, items[place]!.score])),
    };
  });
  const scores = Object.fromEntries(outcomes.map(([measure, items]) => [`${measure},${FILTER}`, items]));
  const truncated = transcripts.filter(({ stop }) => stop === "length").length / questions.length;
  return { task: reported(name), run: { task: name, scores, samples, unparsed: {}, truncated } };
}
