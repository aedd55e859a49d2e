import { EvalError } from "../errors.ts";
import type { Doc } from "../tasks/task-document.ts";

/** An open question, and what counts as its answer. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly answers: readonly string[];
}

/** What the data sets call their fields: FlashRAG's JSONL first, then their authors' own. */
const names = {
  id: ["id", "_id", "question_id"],
  question: ["question", "Question"],
  answers: ["golden_answers", "answers", "answer", "possible_answers", "Answer"],
} as const;

const pick = (doc: Doc, keys: readonly string[]): unknown => doc[keys.find((key) => Object.hasOwn(doc, key)) ?? ""];
const isText = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";

/** PopQA's authors write a list as JSON in a text; whatever is none is an answer by itself. */
function fromJson(text: string): unknown {
  if (!/^\s*\[/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** All that counts as an answer, TriviaQA's `{value, aliases}` and MuSiQue's `answer_aliases` too; undefined where there is none. */
function answersOf(doc: Doc): string[] | undefined {
  const raw = pick(doc, names.answers);
  const value = typeof raw === "string" && !Object.hasOwn(doc, "golden_answers") ? fromJson(raw) : raw;
  const { value: main, aliases = [] } =
    typeof value === "object" && value !== null && "value" in value
      ? (value as { value: unknown; aliases?: unknown })
      : { value, aliases: doc["answer_aliases"] };
  const answers: unknown[] = [main, aliases].flat();
  return answers.length > 0 && answers.every(isText) ? [...new Set(answers.map(String))] : undefined;
}

/**
 * Questions from the rows of hotpotqa, 2wikimultihopqa, musique, bamboogle, nq, triviaqa or popqa, in FlashRAG's form `{id, question,
 * golden_answers}` or their authors' own. A row without an id has its place for one.
 *
 * @throws {EvalError} E_DOCUMENT with all rows that are none, E_NO_ITEMS
 */
export function questionsFrom(docs: readonly Doc[], where: string): Question[] {
  if (docs.length === 0) throw new EvalError("E_NO_ITEMS", `${where}: questions — expected at least one, got none`);
  const problems: string[] = [];
  const questions = docs.map((doc, place): Question => {
    const [id, question] = [pick(doc, names.id), pick(doc, names.question)];
    const answers = answersOf(doc);
    const wrong = (key: keyof typeof names, expected: string, got: unknown): void => {
      const shown = JSON.stringify(got) ?? `nothing; it has ${Object.keys(doc).join(", ")}`;
      problems.push(`${where}: row ${place + 1}: ${names[key].join(" or ")} — expected ${expected}, got ${shown}`);
    };
    if (typeof question !== "string" || question.trim() === "") wrong("question", "text", question);
    if (answers === undefined) wrong("answers", "one text or several", pick(doc, names.answers));
    return { id: isText(id) ? String(id) : String(place), question: String(question), answers: answers ?? [] };
  });
  if (problems.length === 0) return questions;
  const more = problems.length > 10 ? [`… and ${problems.length - 10} more`] : [];
  throw new EvalError("E_DOCUMENT", [...problems.slice(0, 10), ...more].join("\n"));
}

const withMark = (question: string): string =>
  question.trim().endsWith("?") ? question.trim() : `${question.trim()}?`;

/** Search-R1's prompt (Jin et al. 2025, arXiv:2503.09516: what its released models were trained on); a question mark is added where there is none. */
export function searchR1Prompt(question: string): string {
  return (
    "Answer the given question. You must conduct reasoning inside <think> and </think> first every time you get new information. " +
    "After reasoning, if you find you lack some knowledge, you can call a search engine by <search> query </search> and it will return the top " +
    "searched results between <information> and </information>. You can search as many times as your want. If you find no further external " +
    "knowledge needed, you can directly provide the answer inside <answer> and </answer>, without detailed illustrations. For example, " +
    `<answer> Beijing </answer>. Question: ${withMark(question)}\n`
  );
}

/** A question for a model that calls its tools in its own way; answers are read as Search-R1's. */
export const toolPrompt = (question: string): string =>
  "Answer the given question. Where you lack knowledge, call the search tool, as often as you need. When you know the answer, give it inside <answer> and " +
  `</answer>, without detailed illustrations. For example, <answer> Beijing </answer>. Question: ${withMark(question)}\n`;
