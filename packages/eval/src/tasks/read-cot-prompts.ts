import { readFile } from "node:fs/promises";
import { EvalError } from "../errors.ts";
import type { Doc } from "./task-document.ts";

const STEP = "A: Let's think step by step.";

/**
 * Examples with their reasoning from a prompt file as the authors of BIG-Bench Hard publish it (`cot-prompts/SUBTASK.txt`): a note, a rule, the instruction, and
 * `Q: …` and `A: Let's think step by step.` with what follows, parted by empty lines. `{input, cot, target}` each, the target being the answer
 * that the reasoning ends with.
 *
 * @throws {EvalError} E_FILE, E_ROW
 */
export async function readCotPrompts(path: string): Promise<Doc[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new EvalError("E_FILE", `${path}: expected a file to read, got ${(cause as Error).message}`, { cause });
  }
  const [, ...examples] = text.trimEnd().split(/\n\n(?=Q: )/);
  if (examples.length === 0) {
    throw new EvalError("E_FILE", `${path}: expected examples that begin with "Q: " after an empty line, got none`);
  }
  return examples.map((example, i) => {
    const at = example.indexOf(`\n${STEP}`);
    const cot = example.slice(at + 1 + STEP.length).trim();
    const target = /the answer is (.*)\.$/.exec(cot)?.[1];
    if (at >= 0 && target !== undefined) return { input: example.slice("Q: ".length, at), cot, target };
    const message = `${path}: example ${i + 1} — expected "${STEP}" and "the answer is …." at the end, got ${example.slice(0, 60)}`;
    throw new EvalError("E_ROW", message);
  });
}
