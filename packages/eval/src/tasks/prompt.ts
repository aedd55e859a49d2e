import { type Random, sample } from "@prefdelta/random";
import { EvalError } from "../errors.ts";
import type { TaskDocument } from "./task-document.ts";
import type { TaskConfig } from "./task-schema.ts";
import { compileTemplate } from "./template.ts";

interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface PromptOptions {
  /** Writes messages as the model's chat template does, up to where its answer begins; without it the prompt is plain text. */
  readonly chatTemplate?: (messages: readonly ChatMessage[]) => string;
  /** Examples as turns of a conversation instead of one message. */
  readonly fewshotAsMultiturn?: boolean;
  readonly systemInstruction?: string;
  readonly random: Random;
}

/**
 * Examples for a document, other than itself. `first_n` takes the first ones; `default` draws, for each document by its place and the seed alone
 * (lm-evaluation-harness draws from one stream of Python's generator: its examples are others).
 */
function exampleSource(task: TaskConfig, pool: readonly TaskDocument[], random: Random) {
  const wanted = task.num_fewshot;
  const keys = wanted === 0 ? [] : pool.map(({ doc }) => JSON.stringify(doc));
  return (own: TaskDocument, place: number): readonly TaskDocument[] => {
    if (wanted === 0) return [];
    const key = JSON.stringify(own.doc);
    const others = pool.filter((_, i) => keys[i] !== key);
    if (others.length < wanted) {
      throw new EvalError("E_MISMATCH", `${task.task}: examples — expected ${wanted}, got ${others.length}`);
    }
    if (task.fewshot_config.sampler === "first_n") return others.slice(0, wanted);
    return sample(random.fork("fewshot", place), others, wanted);
  };
}

/** Two texts with a delimiter between them, unless one is empty or there are blanks already. */
const join = (first: string, second: string, delimiter: string): string =>
  first === "" || second === "" || /\s$/.test(first) || /^\s/.test(second)
    ? first + second
    : first + delimiter + second;

/** Builds the prompt of each document as lm-evaluation-harness does: description, examples, question. */
export function promptBuilder(task: TaskConfig, pool: readonly TaskDocument[], options: PromptOptions) {
  const description = compileTemplate(task.description, "description");
  const { target_delimiter: between, fewshot_delimiter: after } = task;
  const { chatTemplate, fewshotAsMultiturn = false, systemInstruction = "", random } = options;
  const examplesOf = exampleSource(task, pool, random);
  return (own: TaskDocument, place: number): string => {
    const system = join(systemInstruction, description.render(own.doc), after);
    const examples = examplesOf(own, place);
    if (chatTemplate === undefined) {
      return system + examples.map(({ text, targets }) => text + between + targets[0]! + after).join("") + own.text;
    }
    const start: ChatMessage[] = system === "" ? [] : [{ role: "system", content: system }];
    const turns = examples.flatMap(({ text, targets }): ChatMessage[] => [
      { role: "user", content: text },
      { role: "assistant", content: targets[0]! },
    ]);
    if (fewshotAsMultiturn) return chatTemplate([...start, ...turns, { role: "user", content: own.text }]);
    const shown = examples.map(({ text, targets }) => text + between + targets[0]! + after).join("");
    return chatTemplate([...start, { role: "user", content: shown + own.text }]);
  };
}
