import { createRandom } from "@prefdelta/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePair } from "./encode-pair.ts";
import { compileFilters } from "./filters.ts";
import { type GenerateUntil, type Loglikelihood, runTask } from "./run-task.ts";
import { parseTask, type TaskConfig } from "./task-schema.ts";

const random = createRandom(1);
const choice = (more: object = {}): TaskConfig =>
  parseTask(
    {
      task: "t",
      output_type: "multiple_choice",
      doc_to_text: "{{q}}",
      doc_to_choice: "choices",
      doc_to_target: "gold",
      metric_list: [{ metric: "acc" }, { metric: "acc_norm" }, { metric: "acc_bytes" }],
      ...more,
    },
    "t",
  );
const writing = (more: object = {}): TaskConfig =>
  parseTask(
    {
      task: "w",
      output_type: "generate_until",
      doc_to_text: "q",
      doc_to_target: "a",
      metric_list: [{ metric: "exact_match" }],
      ...more,
    },
    "w",
  );
/** Each token costs one nat: the shorter continuation is the likelier. */
const byLength: Loglikelihood = async (requests) =>
  requests.map(({ continuation }) => ({ logProb: -continuation.length, isGreedy: continuation.length < 3 }));
const saying =
  (...answers: string[]): GenerateUntil =>
  async (requests) =>
    requests.map((_, i) => ({ text: answers[i]!, truncated: answers[i]!.endsWith("…") }));
const failure = (code: string, message: string) => ({ code, message: expect.stringContaining(message) as string });

describe("multiple choice", () => {
  it("takes the likeliest choice, by itself, by character and by byte", async () => {
    const documents = [{ q: "?", choices: ["ab", "éééé"], gold: 1 }];
    // " ab": -3, 2 characters; " éééé": -5, 4 characters, 8 bytes.
    const { scores, samples } = await runTask(choice(), { documents, random, loglikelihood: byLength });
    expect(Object.fromEntries(Object.entries(scores).map(([key, [item]]) => [key, item!.score]))).toEqual({
      "acc,none": 0,
      "acc_norm,none": 1,
      "acc_bytes,none": 1,
    });
    expect(samples).toEqual([
      expect.objectContaining({
        doc_id: 0,
        target: 1,
        acc: 0,
        acc_norm: 1,
        filtered_resps: [
          [-3, false],
          [-5, false],
        ],
      }),
    ]);
  });

  it("takes the first of equals, and any of several right ones", async () => {
    const documents = [
      { q: "?", choices: ["a", "b"], gold: 0 },
      { q: "?", choices: ["a", "b"], gold: "b" },
      { q: "?", choices: ["aa", "b", "c"], gold: [2, 1] },
    ];
    const { scores } = await runTask(choice(), { documents, random, loglikelihood: byLength });
    expect(scores["acc,none"]).toEqual([1, 0, 1].map((score, i) => ({ id: `${i}`, cluster: `${i}`, score })));
  });

  it.each([
    [{ q: "?", choices: ["a", "b"], gold: 2 }, "t: document 1: doc_to_target — expected one of 2 choices, got 2"],
    [{ q: "?", choices: ["a", "b"], gold: "c" }, 'doc_to_target — expected one of 2 choices, got "c"'],
    [{ q: "?", choices: ["a", "b"], gold: -1 }, "expected one of 2 choices, got -1"],
    [{ q: "?", choices: "ab", gold: 0 }, 'doc_to_choice — expected a list of texts, got "ab"'],
    [{ choices: ["a"], gold: 0 }, "doc_to_text: expected a document with what"],
    [{ q: "?", choices: ["a"], gold: null }, "doc_to_target — expected an answer, got null"],
  ])("refuses %j before anything is asked", async (bad, message) => {
    let asked = 0;
    const loglikelihood: Loglikelihood = async (requests) => {
      asked++;
      return byLength(requests);
    };
    const documents = [{ q: "?", choices: ["a", "b"], gold: 0 }, bad];
    await expect(runTask(choice(), { documents, random, loglikelihood })).rejects.toMatchObject(
      failure("E_DOCUMENT", message),
    );
    expect(asked).toBe(0);
  });
});

describe("loglikelihood", () => {
  it("marks a target that is the model's first choice", async () => {
    const task = parseTask(
      {
        task: "l",
        output_type: "loglikelihood",
        doc_to_text: "{{q}}",
        doc_to_target: "{{a}}",
        metric_list: [{ metric: "acc" }],
      },
      "l",
    );
    const documents = [
      { q: "The", a: " x" },
      { q: "The", a: " long" },
    ];
    const { scores } = await runTask(task, { documents, random, loglikelihood: byLength });
    expect(scores["acc,none"]!.map(({ score }) => score)).toEqual([1, 0]);
  });
});

describe("generate_until", () => {
  const last = {
    name: "last",
    filter: [{ function: "last_match", regex_pattern: "answer is \\((.)\\)" }, { function: "take_first" }],
  };
  const first = { name: "first", filter: [{ function: "regex", regex_pattern: "answer is \\((.)\\)" }] };

  it("reads the last match, where reasoning names others before", async () => {
    const documents = [
      { q: "x", a: "B" },
      { q: "y", a: "B" },
    ];
    const said = "If the answer is (A) then no. The answer is (B)";
    const { scores, unparsed, truncated } = await runTask(writing({ filter_list: [first, last] }), {
      documents,
      random,
      generate: saying(said, "I think…"),
    });
    expect(scores["exact_match,first"]!.map(({ score }) => score)).toEqual([0, 0]);
    expect(scores["exact_match,last"]!.map(({ score }) => score)).toEqual([1, 0]);
    expect(unparsed).toEqual({ first: 0.5, last: 0.5 });
    expect(truncated).toBe(0.5);
  });

  it("cuts at the first stop text, and asks greedily unless sampling is asked for", async () => {
    const asked: object[] = [];
    const generate: GenerateUntil = async (requests) => {
      asked.push(...requests);
      return requests.map(() => ({ text: "B\n\nQ: A" }));
    };
    const documents = [{ q: "x", a: "b" }];
    const metric_list = [{ metric: "exact_match", ignore_case: true }];
    const sampled = { until: "\n\n", do_sample: true, temperature: 0.6, top_p: 0.95, top_k: 20, max_gen_toks: 9 };
    const run = (generation_kwargs: object) =>
      runTask(writing({ metric_list, generation_kwargs }), { documents, random, generate });
    expect((await run({ temperature: 0.6 })).scores["exact_match,none"]![0]!.score).toBe(1);
    await run(sampled);
    expect(asked).toEqual([
      { context: "x", until: ["\n\n"], maxNewTokens: 256, temperature: 0 },
      { context: "x", until: ["\n\n"], maxNewTokens: 9, temperature: 0.6, topP: 0.95, topK: 20 },
    ]);
  });

  it("ignores what the metric says, on both sides", async () => {
    const mark = async (metric: object, said: string, a: unknown): Promise<number> => {
      const task = writing({ metric_list: [{ metric: "exact_match", ...metric }] });
      const { scores } = await runTask(task, { documents: [{ q: "x", a }], random, generate: saying(said) });
      return scores["exact_match,none"]![0]!.score;
    };
    expect(await mark({}, "B.", "b")).toBe(0);
    expect(await mark({ ignore_case: true, ignore_punctuation: true }, "B.", "b")).toBe(1);
    expect(await mark({ ignore_numbers: true }, "a1", "2a")).toBe(1);
    expect(await mark({ regexes_to_ignore: [",", "\\$"] }, "$1,000", "1000")).toBe(1);
    expect(await mark({}, "5", 5)).toBe(1);
    expect(await mark({}, "b", ["a", "b"])).toBe(1);
  });
});

describe("filters", () => {
  const apply = (filter: object[], answer: string): string =>
    compileFilters(writing({ filter_list: [{ name: "f", filter }] }))[0]!.apply(answer, {});
  it("takes the group that matched, trimmed, or the fallback", () => {
    const two = { function: "regex", regex_pattern: "(a)|(b )" };
    expect(apply([two], "xb a")).toBe("b");
    expect(apply([two], "x")).toBe("[invalid]");
    expect(apply([{ ...two, group_select: 1 }], "ab ")).toBe("b");
    expect(apply([{ ...two, group_select: -1, fallback: "?" }], "")).toBe("?");
    expect(
      apply([{ function: "remove_whitespace" }, { function: "lowercase" }, { function: "take_first" }], " A b "),
    ).toBe("a b");
  });
});

describe("examples", () => {
  const pool = Array.from({ length: 6 }, (_, i) => ({ q: `q${i}`, choices: ["a", "b"], gold: i % 2 }));
  const contexts = async (task: TaskConfig, fewshot = pool, documents = pool): Promise<string[]> => {
    const { samples } = await runTask(task, { documents, fewshot, random, loglikelihood: byLength });
    return samples.map((sample) => (sample["arguments"] as { gen_args_0: { arg_0: string } }).gen_args_0.arg_0);
  };

  it("are drawn for each document by its place and the seed, never the document itself", async () => {
    const task = choice({ num_fewshot: 2 });
    const drawn = await contexts(task);
    expect(await contexts(task)).toEqual(drawn);
    drawn.forEach((context, i) => {
      const asked = context.split("\n\n").map((part) => part.split(" ")[0]);
      expect(asked).toHaveLength(3);
      expect(asked.at(-1)).toBe(`q${i}`);
      expect(new Set(asked).size).toBe(3);
    });
    expect(new Set(drawn.map((context) => context.slice(0, 2))).size).toBeGreaterThan(1);
    // An item's examples do not depend on which others are asked.
    expect((await contexts(task, pool, pool.slice(0, 2)))[1]).toBe(drawn[1]);
  });

  it("must be there", async () => {
    await expect(contexts(choice({ num_fewshot: 6 }))).rejects.toMatchObject(
      failure("E_MISMATCH", "t: examples — expected 6, got 5"),
    );
  });
});

it("asks for the port that it needs, and for as many answers as questions", async () => {
  const documents = [{ q: "?", choices: ["a", "b"], gold: 0, a: "x" }];
  const rejects = (run: Promise<unknown>, message: string) =>
    expect(run).rejects.toMatchObject(failure("E_PORT", message));
  await rejects(runTask(choice(), { documents, random }), "expected the option loglikelihood");
  await rejects(runTask(writing(), { documents, random }), "expected the option generate");
  await rejects(runTask(choice(), { documents, random, loglikelihood: async () => [] }), "results — expected 2, got 0");
  await rejects(runTask(writing(), { documents, random, generate: async () => [] }), "results — expected 1, got 0");
  await expect(runTask(choice(), { documents: [], random })).rejects.toMatchObject({ code: "E_NO_ITEMS" });
});

describe("encodePair", () => {
  // Tokens are runs of blanks with the letters behind them.
  const encode = (text: string): number[] =>
    (text.match(/\s*[a-z]|\s+/g) ?? []).map((token) => token.codePointAt(0)! * 100 + token.length);

  it("gives blanks at the context's end to the continuation", () => {
    const together = encodePair(encode, { context: "ab ", continuation: "c" });
    expect(together).toEqual(encodePair(encode, { context: "ab", continuation: " c" }));
    expect(together.completion).toEqual(encode(" c"));
  });

  it("holds all tokens of the whole", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n"), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (context, continuation) => {
        const { prompt, completion } = encodePair(encode, { context, continuation });
        expect([...prompt, ...completion]).toEqual(encode(context + continuation));
      }),
    );
  });
});
