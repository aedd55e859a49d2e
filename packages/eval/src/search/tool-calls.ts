/** A function that the model wants called. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A model's reply: what it says, what it wants called, and the calls that could not be read. */
export interface ParsedReply {
  readonly content: string;
  readonly calls: readonly ToolCall[];
  readonly unreadable: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A call from its JSON, `arguments` an object or the JSON of one; undefined where it is none. */
export function parseToolCall(json: string): ToolCall | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (!isRecord(value) || typeof value["name"] !== "string") return undefined;
    const given: unknown = value["arguments"] ?? {};
    const args: unknown = typeof given === "string" ? JSON.parse(given) : given;
    return isRecord(args) ? { name: value["name"], arguments: args } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a reply apart that has its calls as Qwen3 and the Hermes models write them: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, several in a row. What
 * stands inside `<think>` is no call. With a call that cannot be read, the content holds the reply as it was written.
 */
export function parseReply(text: string): ParsedReply {
  const thought = text.lastIndexOf("</think>");
  const spoken = thought < 0 ? 0 : thought + "</think>".length;
  const [before, after] = [text.slice(0, spoken), text.slice(spoken)];
  const blocks = [...after.matchAll(/<tool_call>(.*?)(?:<\/tool_call>|$)/gs)];
  const calls = blocks.map(([block, json = ""]) => (block.endsWith("</tool_call>") ? parseToolCall(json) : undefined));
  const readable = calls.filter((call) => call !== undefined);
  const unreadable = calls.length - readable.length;
  if (unreadable > 0) return { content: text, calls: [], unreadable };
  const content = before + blocks.reduce((left, [block]) => left.replace(block, () => ""), after);
  return { content: calls.length === 0 ? text : content.trimEnd(), calls: readable, unreadable };
}

/** The inverse, for calls that a server has parsed: as Qwen3's template writes them. */
export function writeToolCalls(content: string, calls: readonly ToolCall[]): string {
  const blocks = calls.map(
    (call) => `<tool_call>\n${JSON.stringify({ name: call.name, arguments: call.arguments })}\n</tool_call>`,
  );
  return [...(content === "" ? [] : [content]), ...blocks].join("\n");
}
