import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, loadTokenizer } from "@prefdelta/causal-lm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodePairs } from "../data/encode-pairs.ts";
import type { PairTokenizer } from "../data/pair-tokenizer.ts";
import { checkTemplate } from "./check-template.ts";

const tiny = fileURLToPath(new URL("../../../causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-template-"));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) await cp(join(tiny, file), join(folder, file));
});
afterEach(() => rm(folder, { recursive: true }));

/** The tiny model's tokenizer with another template. */
async function tokenizerWith(template: string): Promise<PairTokenizer> {
  await writeFile(join(folder, "chat_template.jinja"), template);
  return loadTokenizer(folder);
}

type Found = Readonly<Record<string, Check>>;

const byName = (checks: readonly Check[]): Found =>
  Object.fromEntries(checks.map((check) => [check.name.replace("chat template, ", ""), check]));
const checked = async (template: string): Promise<Found> => byName(checkTemplate(await tokenizerWith(template)));
const states = (found: Found): Record<string, string> =>
  Object.fromEntries(Object.entries(found).map(([name, { state }]) => [name, state]));

const turns = (body: string, opening = "<|im_start|>assistant\n"): string =>
  `{% for message in messages %}${body}{% endfor %}{% if add_generation_prompt %}${opening}{% endif %}`;
const TURN = "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n";

const allRight = {
  "chat template": "ok",
  "prompt and answer": "ok",
  answer: "ok",
  "end of the answer": "ok",
  "system role": "ok",
  "several turns": "ok",
  "tool's turns in an answer": "ok",
  tools: "absent",
  enable_thinking: "absent",
};

describe("checkTemplate", () => {
  it("finds nothing wrong with a plain template, and shows what is learned", async () => {
    const found = byName(checkTemplate(await loadTokenizer(tiny)));
    expect(states(found)).toEqual(allRight);
    expect(found["prompt and answer"]!.what).toBe(
      'the prompt is the beginning, token by token; "<|im_start|>assistant\\n" opens the answer',
    );
    expect(found["answer"]!.what).toBe(
      '"Seven beetles have forty-two legs." is learned as "Seven beetles have forty-two legs.<|im_end|>\\n"',
    );
    expect(found["end of the answer"]!.what).toBe('"<|im_end|>" (2), then "\\n", which counts, too, as in TRL');
    expect(found["tools"]!.what).toBe("left out: rows' tools change nothing");
  });

  it("says of a missing template what its tokenizer says, and no more", async () => {
    expect(checkTemplate(await loadTokenizer(folder))).toEqual([
      {
        name: "chat template",
        state: "problem",
        what: `${folder}: chat template — expected one in tokenizer_config.json, got none`,
        advice: expect.stringContaining("pairs of plain texts are trained without") as string,
      },
    ]);
  });

  it("says so of one that leaves out what the user said", async () => {
    expect(await checked("{{ bos_token }}Hello!")).toEqual({
      "chat template": {
        name: "chat template",
        state: "problem",
        what: 'leaves out the user\'s message: "Hello!"',
      },
    });
  });
});

describe("prompt and answer", () => {
  const thoughtful = turns(TURN, "<|im_start|>assistant\n<think>\n");

  it("shows the trainer's own error where the prompt is not the beginning, and the token", async () => {
    const tokenizer = await tokenizerWith(thoughtful);
    const found = byName(checkTemplate(tokenizer));
    expect(states(found)).toMatchObject({ "chat template": "ok", "prompt and answer": "problem" });
    expect(Object.keys(found)).not.toContain("answer");
    const told =
      /: chat template — expected prompt and answer to begin as the prompt alone, got another token \d+: the prompt has "<" \(\d+\).*/;
    const [text] = told.exec(found["prompt and answer"]!.what)!;
    const message = (content: string, role: "user" | "assistant" = "assistant") => [{ role, content } as const];
    const pair = {
      prompt: message("How many legs have seven beetles?", "user"),
      chosen: message("Seven beetles have forty-two legs."),
      rejected: message("x"),
      prompt_id: "sum",
    };
    expect(() => encodePairs(tokenizer, [pair], { maxLength: null, maskObservations: true })).toThrow(text);
  });

  it("warns where the text agrees and its tokens do not", () => {
    /** One id a character, but a line break and what follows it are one token. */
    const greedy: PairTokenizer = {
      encode: (text) =>
        (text.match(/\n.|./gs) ?? []).map((token) => token.charCodeAt(token.length - 1) + 256 * (token.length - 1)),
      decode: (ids) => ids.map((id) => (id >= 256 ? "\n" : "") + String.fromCharCode(id % 256)).join(""),
      eosId: 124, // |
      applyChatTemplate: (messages, { addGenerationPrompt = false } = {}) =>
        messages.map(({ role, content }) => `${role}:\n${content}|`).join("") +
        (addGenerationPrompt ? "assistant:\n" : ""),
    };
    const found = byName(checkTemplate(greedy));
    expect(found["prompt and answer"]).toMatchObject({
      state: "warning",
      what: 'the same text, but token 49 is "\\n" (10) in the prompt and "\\nS" (339) with its answer',
    });
    expect(found["answer"]!.state).toBe("ok");
  });
});

describe("answer", () => {
  const thought = "<think>\n\n</think>\n\n";
  const last = `<|im_start|>{{ message.role }}\n{% if loop.last and message.role == 'assistant' %}${thought}{% endif %}{{ message.content }}<|im_end|>\n`;

  it("warns of an empty thought that is learned with every answer, and knows when enable_thinking takes it away", async () => {
    const opening = `<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}${thought}{% endif %}`;
    const found = await checked(turns(last, opening));
    expect(states(found)).toEqual({ ...allRight, answer: "warning", enable_thinking: "ok" });
    expect(found["answer"]!.what).toContain('is learned as "<think>\\n\\n</think>\\n\\nSeven beetles');
    expect(found["answer"]!.advice).toContain("chat_template_kwargs: {enable_thinking: false}");
    expect(found["enable_thinking"]!.what).toBe(
      'true opens with "<|im_start|>assistant\\n", false opens with "<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n"',
    );
  });

  it("does not advise what does not help", async () => {
    const found = await checked(turns(last));
    expect(found["answer"]).toMatchObject({
      state: "warning",
      advice: expect.stringMatching(/^what stands before/) as string,
    });
  });

  it("warns of a template that changes answers", async () => {
    const shouting = TURN.replace(
      "{{ message.content }}",
      "{% if message.role == 'assistant' %}{{ message.content | upper }}{% else %}{{ message.content }}{% endif %}",
    );
    expect((await checked(turns(shouting)))["answer"]).toMatchObject({
      state: "warning",
      what: expect.stringContaining('is learned as "SEVEN BEETLES') as string,
    });
  });
});

describe("end of the answer", () => {
  it("is a problem where generation would not stop there", async () => {
    const found = await checked(turns("<|im_start|>{{ message.role }}\n{{ message.content }}\n"));
    expect(found["end of the answer"]).toMatchObject({
      state: "problem",
      what: 'expected "<|im_end|>" (2) after the answer, at which generation stops, got "\\n"',
    });
    expect(found["tool's turns in an answer"]).toMatchObject({
      state: "absent",
      what: expect.stringContaining("after an assistant's turn, got") as string,
    });
  });

  it("shows what stands before and after it", async () => {
    const found = await checked(turns(TURN.replace("<|im_end|>\n", " .<|im_end|>")));
    expect(found["end of the answer"]).toMatchObject({ state: "ok", what: '" .", "<|im_end|>" (2)' });
  });
});

describe("turns, tools and variables", () => {
  it("warns of a system role that is refused, with the template's words", async () => {
    const found = await checked(
      turns(`{% if message.role == 'system' %}{{ raise_exception('no system, please') }}{% endif %}${TURN}`),
    );
    expect(states(found)).toEqual({ ...allRight, "system role": "warning" });
    expect(found["system role"]!.what).toContain("no system, please");
  });

  it("warns of one that is left out", async () => {
    const found = await checked(turns(`{% if message.role != 'system' %}${TURN}{% endif %}`));
    expect(found["system role"]).toMatchObject({ state: "warning", what: 'leaves out system: "You count legs."' });
  });

  it("warns of a template that knows one turn alone", async () => {
    const found = await checked(turns(`{% if loop.index > 2 %}{{ raise_exception('too long') }}{% endif %}${TURN}`));
    expect(states(found)).toMatchObject({ "several turns": "warning", "tool's turns in an answer": "absent" });
  });

  it("finds tools and enable_thinking where they make a difference", async () => {
    const found = await checked(
      `{% if tools %}{{ tools | tojson }}{% endif %}${turns(TURN, "<|im_start|>assistant\n{% if enable_thinking %}<think>\n{% endif %}")}`,
    );
    expect(states(found)).toEqual({ ...allRight, tools: "ok", enable_thinking: "warning" });
    expect(found["enable_thinking"]!.what).toMatch(
      /^with true: a sample, chosen: chat template — expected prompt and answer to begin as the prompt alone/,
    );
  });
});
