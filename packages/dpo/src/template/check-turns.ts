import type { Check } from "@prefdelta/causal-lm";
import type { ChatMessage, PairTokenizer } from "../data/pair-tokenizer.ts";
import { ANSWER, assistant, attempt, encodeSample, INSTRUCTION, question, QUESTION, user } from "./sample-pair.ts";

/** A form of conversation that a template may or may not take. */
interface Form {
  readonly name: string;
  readonly prompt: readonly ChatMessage[];
  readonly answer: readonly ChatMessage[];
  /** Where it does not. */
  readonly state: "warning" | "absent";
  readonly advice: string;
}

const forms: readonly Form[] = [
  {
    name: "chat template, system role",
    prompt: [{ role: "system", content: INSTRUCTION }, ...question],
    answer: [assistant(ANSWER)],
    state: "warning",
    advice: "rows with a system message fail, or are trained without it: put it into the user's message",
  },
  {
    name: "chat template, several turns",
    prompt: [user("Hello, I have beetles."), assistant("How nice."), ...question],
    answer: [assistant(ANSWER)],
    state: "warning",
    advice: "train on rows whose prompt is one message",
  },
  {
    name: "chat template, tool's turns in an answer",
    prompt: question,
    answer: [assistant("I look it up."), { role: "tool", content: "A beetle has six legs." }, assistant(ANSWER)],
    state: "absent",
    advice:
      "an answer that calls tools cannot be trained as several messages; as one, with <information>…</information> in it, it can",
  },
];

/** The messages that a rendering leaves out. */
const lost = (messages: readonly ChatMessage[], text: string): readonly ChatMessage[] =>
  messages.filter(({ content }) => !text.includes(content));

function checkForm(tokenizer: PairTokenizer, { name, prompt, answer, state, advice }: Form): Check {
  const messages = [...prompt, ...answer];
  const tried = attempt(() => {
    encodeSample(tokenizer, { prompt, answer });
    return lost(messages, tokenizer.applyChatTemplate(messages));
  });
  if ("error" in tried) return { name, state, what: tried.error, advice };
  if (tried.value.length > 0) {
    const left = tried.value.map(({ role, content }) => `${role}: ${JSON.stringify(content)}`);
    return { name, state, what: `leaves out ${left.join(", ")}`, advice };
  }
  return { name, state: "ok", what: "taken" };
}

/** System messages, several turns, and tools' turns within an answer: each rendered, and encoded as training does. */
export const checkTurns = (tokenizer: PairTokenizer): Check[] => forms.map((form) => checkForm(tokenizer, form));

/** Whether a template renders anything at all. */
export function checkRenders(tokenizer: PairTokenizer): Check {
  const name = "chat template";
  const tried = attempt(() => tokenizer.applyChatTemplate(question, { addGenerationPrompt: true }));
  if ("error" in tried) {
    const advice =
      "conversations can be neither answered nor trained: put the template of the model's kin into chat_template.jinja; pairs of plain texts are trained without";
    return { name, state: "problem", what: tried.error, advice };
  }
  if (tried.value.includes(QUESTION)) return { name, state: "ok", what: "there, and renders" };
  return { name, state: "problem", what: `leaves out the user's message: ${JSON.stringify(tried.value)}` };
}
