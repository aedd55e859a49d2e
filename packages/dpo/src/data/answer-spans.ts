import { DpoError } from "../errors.ts";
import { answerText } from "./answer-text.ts";
import type { Span } from "./observation-spans.ts";
import type { ChatMessage, PairTokenizer, TemplateOptions } from "./pair-tokenizer.ts";

interface Answered {
  readonly prompt: readonly ChatMessage[];
  /** The prompt rendered, with the opening of the assistant's turn. */
  readonly opening: string;
  /** One message of the assistant, or several with the environment's between them. */
  readonly answer: readonly ChatMessage[];
  readonly template: Pick<TemplateOptions, "tools" | "variables">;
  /** Which pair and side, for the message. */
  readonly where: string;
}

const isOwn = ({ role }: ChatMessage): boolean => role === "assistant";

/** @throws {DpoError} E_PAIR */
function checkTurns(answer: readonly ChatMessage[], where: string): void {
  const inTurn = answer.every((message, i) => i === 0 || !(isOwn(message) && isOwn(answer[i - 1]!)));
  if (answer.length > 0 && isOwn(answer[0]!) && isOwn(answer.at(-1)!) && inTurn) return;
  const roles = answer.map(({ role }) => role).join(", ");
  const expected = "the assistant's messages first and last, others' between any two";
  throw new DpoError("E_PAIR", `${where}: expected ${expected}, got ${roles === "" ? "none" : roles}`);
}

/**
 * What a chat template makes of an answer, by who wrote it. A turn of the assistant goes as far as the token that ends it; what the template
 * puts after that, up to the opening of the assistant's next turn, is the environment's. The last turn is all that follows, as in TRL. Turns
 * are read from renderings in which a later message follows, since templates treat a conversation's last message apart (Qwen3's adds an
 * empty thought to it).
 *
 * @throws {DpoError} E_PAIR; E_TEMPLATE where a rendering does not begin as the one before it, or a turn lacks its end.
 */
export function answerSpans(tokenizer: PairTokenizer, { prompt, opening, answer, template, where }: Answered): Span[] {
  checkTurns(answer, where);
  const render = (count: number, addGenerationPrompt: boolean): string =>
    tokenizer.applyChatTemplate([...prompt, ...answer.slice(0, count)], { addGenerationPrompt, ...template });
  const endOfTurn = tokenizer.decode([tokenizer.eosId]);
  const spans: Span[] = [];
  let before = opening;
  for (let next = 1; next < answer.length; next++) {
    if (!isOwn(answer[next]!)) continue;
    const whole = render(next, true);
    const text = answerText(tokenizer, { prompt: before, whole, where });
    const found = text.indexOf(endOfTurn);
    if (found === -1) {
      const message = `${where}: chat template — expected ${JSON.stringify(endOfTurn)} after an assistant's turn, got ${JSON.stringify(text.slice(0, 80))}`;
      throw new DpoError("E_TEMPLATE", message);
    }
    const end = found + endOfTurn.length;
    spans.push({ text: text.slice(0, end), observed: false }, { text: text.slice(end), observed: true });
    before = whole;
  }
  const last = answerText(tokenizer, { prompt: before, whole: render(answer.length, false), where });
  return [...spans, { text: last, observed: false }];
}
