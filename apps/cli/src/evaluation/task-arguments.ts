import type { CommandArguments } from "../parse-arguments.ts";
import { embeddingArguments } from "./open-retriever.ts";

/** The options of `pda eval --task`. */
export const taskArguments = {
  task: {
    type: "string",
    repeatable: true,
    valueHint: "NAME|FILE.yaml",
    description: "a task: built in, a YAML file, or a set of open questions",
  },
  data: {
    type: "string",
    repeatable: true,
    valueHint: "[NAME=]PATH|hub[:ID]",
    description: "the items of the task of that name, or of all: a file, a folder of splits, or the Hub",
  },
  fewshot: {
    type: "string",
    repeatable: true,
    valueHint: "[NAME=]PATH|hub[:ID]",
    description: "where its examples are, if not there",
  },
  "num-fewshot": { type: "string", valueHint: "N", description: "examples in each prompt; the task's if not given" },
  limit: { type: "string", valueHint: "N", description: "so many items of each task, the first ones" },
  "apply-chat-template": { type: "boolean", description: "prompts are conversations in the model's template" },
  "fewshot-as-multiturn": { type: "boolean", description: "examples are turns of that conversation" },
  thinking: {
    type: "string",
    valueHint: "on|off",
    description: "enable_thinking of that template; on: a task's answer is what follows </think>",
  },
  seed: { type: "string", valueHint: "N", description: "of examples, sampled answers and intervals; 1 if not given" },
  "batch-size": {
    type: "string",
    valueHint: "N",
    description: "requests together, and kept together; 32 if not given",
  },
  server: {
    type: "string",
    valueHint: "URL",
    description: "the model is behind this OpenAI-compatible server, /v1 included",
  },
  retries: {
    type: "string",
    valueHint: "N",
    description: "further attempts at a request to the server; 4 if not given",
  },
  "key-env": { type: "string", valueHint: "NAME", description: "environment variable with the server's key" },
  log: { type: "string", valueHint: "inspect", description: "write a log of inspect_ai for each task, too" },
  record: { type: "string", valueHint: "DIR", description: "keep every call of models and search tool there" },
  replay: { type: "string", valueHint: "DIR", description: "answers from such a folder, without model or search tool" },
  retriever: { type: "string", valueHint: "URL|INDEX", description: "the search tool of open questions" },
  corpus: { type: "string", valueHint: "CORPUS.jsonl", description: "what that index is of" },
  ...embeddingArguments,
  protocol: {
    type: "string",
    valueHint: "search-r1|tools",
    description:
      "how open questions are searched for: by tags, or by the model's own tool calling; search-r1 if not given",
  },
  "max-searches": { type: "string", valueHint: "N", description: "searches for one question; 4 if not given" },
  "top-k": { type: "string", valueHint: "N", description: "passages that a search finds; 3 if not given" },
  "max-new-tokens": {
    type: "string",
    valueHint: "N",
    description: "of one turn of an open question; 500 if not given",
  },
  "max-observation": {
    type: "string",
    valueHint: "N",
    description: "characters of what a search shows; 2000 if not given",
  },
} satisfies CommandArguments;
