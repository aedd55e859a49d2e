import { EvalError } from "../errors.ts";
import { documentProcessors } from "./document-processors.ts";
import type { TaskConfig } from "./task-schema.ts";
import { compileTemplate } from "./template.ts";

/** A row of a data set. */
export type Doc = Readonly<Record<string, unknown>>;

/** The rows that are a task's: those whose fields are what `keep_docs` says. */
export function taskDocuments({ keep_docs: keep = {} }: Pick<TaskConfig, "keep_docs">, rows: readonly Doc[]): Doc[] {
  const wanted = Object.entries(keep);
  return rows.filter((row) => wanted.every(([field, value]) => row[field] === value));
}

/** What a task makes of a document. */
export interface TaskDocument {
  readonly doc: Doc;
  /** The question. */
  readonly text: string;
  /** Of multiple choice; empty otherwise. */
  readonly choices: readonly string[];
  /** Right answers as texts, the first one shown in examples. */
  readonly targets: readonly string[];
  /** Places of the right choices. */
  readonly gold: readonly number[];
}

const isText = (value: unknown): value is string => typeof value === "string";

/** A key that is a field's name, or a template over the fields. */
function reader(source: string, key: string): (doc: Doc) => unknown {
  const template = compileTemplate(source, key);
  return (doc) => (Object.hasOwn(doc, source) ? doc[source] : template.evaluate(doc));
}

/** Reads documents as a task says. @throws {EvalError} E_TASK for a broken template; when used, E_DOCUMENT for a document that does not fit */
export function documentReader(task: TaskConfig): (doc: Doc, place: number) => TaskDocument {
  const { doc_to_text: toText, doc_to_target: toTarget, doc_to_choice: toChoice } = task;
  const textTemplate = compileTemplate(toText, "doc_to_text");
  const targetOf = typeof toTarget === "number" ? () => toTarget : reader(toTarget, "doc_to_target");
  const choiceOf = isText(toChoice) ? reader(toChoice, "doc_to_choice") : () => toChoice ?? [];
  const process = task.process_docs === undefined ? (doc: Doc) => doc : documentProcessors[task.process_docs];

  const read = (raw: Doc): TaskDocument => {
    const doc = process(raw);
    const text = Object.hasOwn(doc, toText) ? String(doc[toText]) : textTemplate.render(doc);
    const choices = choiceOf(doc);
    if (!Array.isArray(choices) || !choices.every(isText)) {
      throw new Error(`doc_to_choice — expected a list of texts, got ${JSON.stringify(choices)}`);
    }
    const target = targetOf(doc);
    const all = Array.isArray(target) ? (target as unknown[]) : [target];
    if (all.length === 0 || all.some((one) => one === undefined || one === null)) {
      throw new Error(`doc_to_target — expected an answer, got ${JSON.stringify(target) ?? "nothing"}`);
    }
    if (choices.length === 0) return { doc, text, choices, targets: all.map(String), gold: [] };
    const gold = all.map((one) => {
      // A number, or its digits, is the place of a choice; other text is the choice itself.
      const place = isText(one) && !/^\d+$/.test(one) ? choices.indexOf(one) : Number(one);
      if (Number.isInteger(place) && place >= 0 && place < choices.length) return place;
      throw new Error(`doc_to_target — expected one of ${choices.length} choices, got ${JSON.stringify(one)}`);
    });
    return { doc, text, choices, targets: gold.map((place) => choices[place]!), gold };
  };
  return (doc, place) => {
    try {
      return read(doc);
    } catch (cause) {
      const message = `${task.task}: document ${place}: ${(cause as Error).message}`;
      throw new EvalError("E_DOCUMENT", message, { cause });
    }
  };
}

/** Reads examples, whose question and answer may be written in another way. */
export function exampleReader(task: TaskConfig): (doc: Doc, place: number) => TaskDocument {
  const { doc_to_text = task.doc_to_text, doc_to_target = task.doc_to_target } = task.fewshot_config;
  return documentReader({ ...task, doc_to_text, doc_to_target });
}
