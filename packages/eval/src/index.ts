export { extractAnswer, isExactMatch } from "./answer.ts";
export type { ExactMatchOptions } from "./answer.ts";
export { inChunks, recordCalls, replayCalls, resumeCalls } from "./cassette/cassette.ts";
export type { CassetteEntry } from "./cassette/cassette.ts";
export { EvalError } from "./errors.ts";
export type { EvalErrorCode } from "./errors.ts";
export { evaluate } from "./evaluate.ts";
export type { EvalItem, ItemResult } from "./evaluate.ts";
export { markAnswer } from "./metrics/answer-metrics.ts";
export type { AnswerMetric } from "./metrics/answer-metrics.ts";
export { normaliseAnswer } from "./metrics/normalise-answer.ts";
export { agentCosts, agentOutcomes } from "./questions/agent-outcomes.ts";
export type { AgentMeasure } from "./questions/agent-outcomes.ts";
export { questionsFrom, searchR1Prompt, toolPrompt } from "./questions/questions.ts";
export type { Question } from "./questions/questions.ts";
export { runQuestions } from "./questions/run-questions.ts";
export type { RunQuestionsOptions } from "./questions/run-questions.ts";
export { inspectLog } from "./results/inspect-log.ts";
export type { InspectLogInput } from "./results/inspect-log.ts";
export { lmEvalResults, lmEvalSample } from "./results/lm-eval-results.ts";
export type { TaskResult } from "./results/lm-eval-results.ts";
export { lmEvalTaskResults } from "./results/task-results.ts";
export type { ReportedTask, TaskEvaluation } from "./results/task-results.ts";
export { runAgent } from "./search/agent.ts";
export type {
  AgentOptions,
  AgentRequest,
  Continue,
  Continued,
  ContinueOptions,
  ContinueRequest,
} from "./search/agent.ts";
export { analyse } from "./search/bm25/analyse.ts";
export { createBm25Retriever } from "./search/bm25/bm25-retriever.ts";
export type { Bm25Options } from "./search/bm25/build-index.ts";
export { contentsOf, documentFromContents } from "./search/document.ts";
export type { Document, Retrieve, RetrieveScored, ScoredDocument } from "./search/document.ts";
export { createRetrieverClient } from "./search/http/retriever-client.ts";
export type { RetrieverClientOptions } from "./search/http/retriever-client.ts";
export { listPassages, searchR1Observation, templateObservation } from "./search/observation.ts";
export type { FormatObservation } from "./search/observation.ts";
export { runSearchR1 } from "./search/search-r1-agent.ts";
export type { SearchR1Options } from "./search/search-r1-agent.ts";
export { createTitleIndex } from "./search/title-index.ts";
export { runToolAgent, searchTool } from "./search/tool-agent.ts";
export type { Chat, ChatOptions, ChatReply, ChatRequest, ToolAgentOptions } from "./search/tool-agent.ts";
export { parseToolCall } from "./search/tool-calls.ts";
export type { ToolCall } from "./search/tool-calls.ts";
export { compareFamily, compareRuns } from "./statistics/compare-runs.ts";
export type {
  CompareOptions,
  Run,
  RunComparison,
  ScoredItem,
  TaskComparison,
  Verdict,
} from "./statistics/compare-runs.ts";
export { compareSkills, scoreItems, scoreSkills, scoreValues } from "./statistics/intervals.ts";
export type { BootstrapOptions, Comparison, Estimate, Score, Skills } from "./statistics/intervals.ts";
export { builtInTaskNames, builtInTasks } from "./tasks/built-in-tasks.ts";
export { encodePair } from "./tasks/encode-pair.ts";
export type { EncodedPair } from "./tasks/encode-pair.ts";
export type { Likelihood } from "./tasks/mark.ts";
export { runTask } from "./tasks/run-task.ts";
export type {
  GeneratedAnswer,
  GenerateRequest,
  GenerateUntil,
  LikelihoodRequest,
  Loglikelihood,
  RunTaskOptions,
  TaskRun,
  TaskSample,
} from "./tasks/run-task.ts";
export { taskDocuments } from "./tasks/task-document.ts";
export type { Doc } from "./tasks/task-document.ts";
export { parseTask } from "./tasks/task-schema.ts";
export type { TaskConfig } from "./tasks/task-schema.ts";
export { modelText, transcriptMessages, transcriptText } from "./transcript.ts";
export type { ChatMessage, Segment, Transcript } from "./transcript.ts";
