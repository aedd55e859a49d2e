import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { EvalError } from "../errors.ts";
import type { Doc } from "./task-document.ts";

/** A template of one document: its text, or the value of its only expression. */
export interface DocumentTemplate {
  readonly render: (doc: Doc) => string;
  /** The value itself where the template is one `{{ expression }}` and nothing else, else the text. */
  readonly evaluate: (doc: Doc) => unknown;
}

interface Node {
  type: string;
  [key: string]: unknown;
}
type RuntimeValue = ReturnType<Environment["lookupVariable"]>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** Rewrites `list.index(x)`, which the engine does not know, into a call of a function that it is given. */
function rewriteIndex(node: Node): void {
  for (const child of Object.values(node).flat().filter(isNode)) rewriteIndex(child);
  const { callee, args } = node as { callee?: Node; args?: Node[] };
  if (node.type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression" || callee["computed"])
    return;
  if ((callee["property"] as Node)["value"] !== "index") return;
  node["args"] = [callee["object"] as Node, ...args!];
  node["callee"] = callee["property"]; // the identifier: `index`
}

/** A value of the engine's as JavaScript has it. */
function plain(value: RuntimeValue): unknown {
  if (value.type === "NullValue") return null;
  const inner: unknown = value.value;
  if (Array.isArray(inner)) return (inner as RuntimeValue[]).map(plain);
  if (inner instanceof Map) {
    return Object.fromEntries([...(inner as Map<string, RuntimeValue>)].map(([key, entry]) => [key, plain(entry)]));
  }
  return inner;
}

const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  index: (list: unknown, wanted: unknown): number => {
    // The engine unwraps arguments, but not what is in them.
    const values = Array.isArray(list) ? (list as RuntimeValue[]).map(plain) : [];
    const place = values.indexOf(wanted);
    if (place < 0) throw new Error(`index: expected ${JSON.stringify(wanted)} in ${JSON.stringify(values)}`);
    return place;
  },
};

/** Control blocks and comments, which have no value of their own. */
const statements = new Set([
  "If",
  "For",
  "Set",
  "Macro",
  "Comment",
  "Break",
  "Continue",
  "CallStatement",
  "FilterStatement",
]);

/**
 * A Jinja template over a document's fields, as lm-evaluation-harness renders it: white space is kept, a last line feed too, and what is not
 * there is an error.
 *
 * @throws {EvalError} E_TASK when the template cannot be read; when it is used, E_DOCUMENT for a document that it does not fit
 */
export function compileTemplate(source: string, key: string): DocumentTemplate {
  let body: Node[];
  try {
    // One line feed at the end is dropped by the engine.
    const program = parse(tokenize(source.endsWith("\n") ? `${source}\n` : source)) as unknown as Node;
    rewriteIndex(program);
    body = program["body"] as Node[];
  } catch (cause) {
    throw new EvalError("E_TASK", `${key}: expected a Jinja template, got ${(cause as Error).message}`, { cause });
  }
  const run = (doc: Doc): RuntimeValue[] => {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...globals, ...doc })) environment.set(name, value);
    const interpreter = new Interpreter(environment);
    return body.map((node) => {
      const value = interpreter.evaluate(node as never, environment);
      if (value.type === "UndefinedValue" && !statements.has(node.type))
        throw new Error("nothing for one of its {{ }}");
      return value;
    });
  };
  const guarded = <T>(doc: Doc, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const message = `${key}: expected a document with what ${JSON.stringify(source)} asks for, got ${(cause as Error).message}; it has ${Object.keys(doc).join(", ")}`;
      throw new EvalError("E_DOCUMENT", message, { cause });
    }
  };
  const render = (doc: Doc): string =>
    guarded(doc, () =>
      run(doc)
        .map((value) => (value.type === "NullValue" || value.type === "UndefinedValue" ? "" : String(value)))
        .join(""),
    );
  const [only] = body;
  const single = body.length === 1 && !statements.has(only!.type);
  return { render, evaluate: (doc) => (single ? guarded(doc, () => plain(run(doc)[0]!)) : render(doc)) };
}
