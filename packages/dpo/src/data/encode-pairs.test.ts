import type { Pair } from "@prefdelta/preference";
import { describe, expect, it } from "vitest";
import { encodePairs } from "./encode-pairs.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";

/** One id a character, but a line break and what follows it are one token, as in many byte-pair vocabularies. */
const tokenizer: PairTokenizer = {
  encode: (text) =>
    (text.match(/\n.|./gs) ?? []).map((token) => token.charCodeAt(token.length - 1) + 256 * (token.length - 1)),
  decode: (ids) => ids.map((id) => (id >= 256 ? "\n" : "") + String.fromCharCode(id % 256)).join(""),
  eosId: 124, // |
  applyChatTemplate: (messages, { addGenerationPrompt = false } = {}) =>
    messages.map(({ role, content }) => `${role}:\n${content}|`).join("") + (addGenerationPrompt ? "assistant:\n" : ""),
};

const pair = (chosen: string, rejected: string, prompt = "2+2?"): Pair => ({
  prompt: [{ role: "user", content: prompt }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  prompt_id: "sum",
  chosen_model: "weak",
  rejected_model: "weaker",
});

const options = { maxLength: null, maskObservations: true };
const textOf = (ids: readonly number[]): string => String.fromCharCode(...ids.map((id) => id % 256));

describe("encodePairs", () => {
  it("shares the prompt and counts the tokens that end the turn", () => {
    const { pairs, counts } = encodePairs(tokenizer, [pair("4", "five")], options);
    expect(counts).toEqual({ given: 1, kept: 1, tooLong: 0, empty: 0, cut: 0 });
    const [encoded] = pairs;
    expect(encoded!.id).toBe("sum");
    expect(encoded!.prompt).toEqual(tokenizer.encode("user:\n2+2?|assistant:\n"));
    expect(encoded!.chosen).toEqual({ ids: tokenizer.encode("4|"), mask: [1, 1] });
    expect(encoded!.rejected).toEqual({ ids: tokenizer.encode("five|"), mask: [1, 1, 1, 1, 1] });
  });

  it("tells the template of tools, in the prompt alone and with its answer", () => {
    const telling: PairTokenizer = {
      ...tokenizer,
      applyChatTemplate: (messages, { tools = [], ...rest } = {}) =>
        JSON.stringify(tools) + tokenizer.applyChatTemplate(messages, rest),
    };
    const tools = [{ type: "function", function: { name: "f" } }];
    const { prompt, chosen, rejected } = pair("4", "five");
    const [encoded] = encodePairs(telling, [{ prompt, chosen, rejected, prompt_id: "a", tools }], options).pairs;
    expect(textOf(encoded!.prompt)).toMatch(/^\[\{"type":"function"/);
    expect(textOf(encoded!.chosen.ids)).toBe("4|");
  });

  it("counts each of the assistant's turns to its end, and nothing of what tools and users say between them", () => {
    const chosen = [
      { role: "assistant" as const, content: "look" },
      { role: "tool" as const, content: "4!" },
      { role: "user" as const, content: "so?" },
      { role: "assistant" as const, content: "4" },
    ];
    const given = [{ ...pair("x", "5"), chosen }];
    const [encoded] = encodePairs(tokenizer, given, options).pairs;
    const { ids, mask } = encoded!.chosen;
    expect(tokenizer.decode(ids)).toBe("look|tool:\n4!|user:\nso?|assistant:\n4|");
    expect(textOf(ids.filter((_, i) => mask[i] === 1))).toBe("look|4|");
    const [unmasked] = encodePairs(tokenizer, given, { ...options, maskObservations: false }).pairs;
    expect(unmasked!.chosen.mask.every((counts) => counts === 1)).toBe(true);
  });

  it("encodes the environment's words apart and counts none of them", () => {
    const [encoded] = encodePairs(tokenizer, [pair("a\n<information>b</information>\nc", "d")], options).pairs;
    const { ids, mask } = encoded!.chosen;
    const counted = ids.filter((_, i) => mask[i] === 1);
    expect(textOf(counted)).toBe("ac|");
    expect(counted.every((id) => id < 256)).toBe(true); // no token straddles the border
    expect(ids.length - counted.length).toBe("<information>b</information>\n".length);
  });

  it("counts all, in one piece, where observations are not masked", () => {
    const text = "a<information>b</information>\nc";
    const [encoded] = encodePairs(tokenizer, [pair(text, "d")], { ...options, maskObservations: false }).pairs;
    expect(encoded!.chosen.ids).toEqual(tokenizer.encode(`${text}|`));
    expect(encoded!.chosen.mask.every((count) => count === 1)).toBe(true);
  });

  it("leaves out, and counts, what is too long; the limit itself is not", () => {
    const length = tokenizer.encode("user:\n2+2?|assistant:\n").length + "five|".length;
    const given = [pair("4", "five"), pair("4", "fives")];
    const { pairs, counts } = encodePairs(tokenizer, given, { ...options, maxLength: length });
    expect(counts).toEqual({ given: 2, kept: 1, tooLong: 1, empty: 0, cut: 0 });
    expect(textOf(pairs[0]!.rejected.ids)).toBe("five|");
  });

  it.each([
    // The prompt has 21 tokens, "four|" 5 and "4|" 2.
    ["keep_start", 24, { prompt: "user:\n2+2?|assistant:\n", chosen: "fou", rejected: "4|" }],
    ["keep_end", 24, { prompt: "er:\n2+2?|assistant:\n", chosen: "four|", rejected: "4|" }],
    ["keep_start", 26, { prompt: "user:\n2+2?|assistant:\n", chosen: "four|", rejected: "4|" }],
  ] as const)("cuts with %s to %d tokens, and counts it", (truncation, maxLength, expected) => {
    const { pairs, counts } = encodePairs(tokenizer, [pair("four", "4")], { ...options, maxLength, truncation });
    expect(counts).toEqual({ given: 1, kept: 1, tooLong: 0, empty: 0, cut: maxLength === 26 ? 0 : 1 });
    const [{ prompt, chosen, rejected }] = pairs as [(typeof pairs)[number]];
    const words = (ids: readonly number[]): string => tokenizer.decode(ids);
    expect({ prompt: words(prompt), chosen: words(chosen.ids), rejected: words(rejected.ids) }).toEqual(expected);
    expect(chosen.mask).toHaveLength(chosen.ids.length);
  });

  it.each([
    ["keep_start", 21],
    ["keep_end", 5],
  ] as const)("leaves out with %s what cutting to %d would leave without prompt or answer", (truncation, maxLength) => {
    const cut = encodePairs(tokenizer, [pair("four", "4")], { ...options, maxLength, truncation });
    expect(cut.counts).toEqual({ given: 1, kept: 0, tooLong: 1, empty: 0, cut: 0 });
  });

  it("takes texts as they stand, and ends them", () => {
    const words = { prompt: "2+2=", chosen: "4", rejected: "<information>5</information>6", prompt_id: "a" };
    const [encoded] = encodePairs(tokenizer, [words], options).pairs;
    expect(encoded!.prompt).toEqual(tokenizer.encode("2+2="));
    expect(encoded!.chosen).toEqual({ ids: tokenizer.encode("4|"), mask: [1, 1] });
    expect(textOf(encoded!.rejected.ids.filter((_, i) => encoded!.rejected.mask[i] === 1))).toBe("6|");
  });

  it("leaves out a side that says nothing of its own", () => {
    const bare: PairTokenizer = {
      ...tokenizer,
      applyChatTemplate: (messages) => messages.map(({ content }) => content).join(""),
    };
    const given = [pair("4", ""), pair("<information>4</information>", "5"), pair("4", "5")];
    expect(encodePairs(bare, given, options).counts).toEqual({ given: 3, kept: 1, tooLong: 0, empty: 2, cut: 0 });
  });

  it("shows where a template changes the prompt once there is an answer", () => {
    const thinking: PairTokenizer = {
      ...tokenizer,
      applyChatTemplate: (messages, { addGenerationPrompt = false } = {}) =>
        addGenerationPrompt ? "<user>hi<assistant><think>" : `<user>hi<assistant>${messages.at(-1)!.content}`,
    };
    expect(() => encodePairs(thinking, [pair("4", "5")], options)).toThrow(
      expect.objectContaining({
        code: "E_TEMPLATE",
        message: expect.stringMatching(
          /pair 1 \(sum\), chosen.*token 19: the prompt has "<" \(60\) in "ant><thin", prompt and answer have "4" \(52\) in "ant>4"$/,
        ),
      }),
    );
  });

  it.each([
    ["no message", []],
    ["another role", [{ role: "user" as const, content: "4" }]],
    [
      "another role at its end",
      [
        { role: "assistant" as const, content: "4" },
        { role: "tool" as const, content: "4" },
      ],
    ],
    [
      "two messages in a row",
      [
        { role: "assistant" as const, content: "4" },
        { role: "assistant" as const, content: "5" },
      ],
    ],
  ])("refuses a side with %s", (_, rejected) => {
    expect(() => encodePairs(tokenizer, [pair("4", "5"), { ...pair("4", "5"), rejected }], options)).toThrow(
      expect.objectContaining({
        code: "E_PAIR",
        message: expect.stringMatching(
          /^pair 2 \(sum\), rejected: expected the assistant's messages first and last, others' between any two, got /,
        ),
      }),
    );
  });
});
