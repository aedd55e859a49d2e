import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { nodeLlamaCpp, tinyGguf } from "../__fixtures__/node-llama-cpp.ts";
import type { Message } from "../message.ts";
import type { Tool } from "../tools.ts";
import { ggufOptions, type GgufOptionsInput } from "./gguf-options.ts";
import { ggufProvider, type GgufProvider } from "./gguf-provider.ts";

describe.skipIf(nodeLlamaCpp === undefined)("ggufProvider", { timeout: 120_000 }, () => {
  let folder: string;
  const opened: GgufProvider[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gguf-"));
    await writeFile(join(folder, "tiny.gguf"), await tinyGguf());
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((provider) => provider.close()));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const open = (input: Partial<GgufOptionsInput> = {}) => {
    const path = join(folder, "tiny.gguf");
    const options = ggufOptions.parse({ path, model: "tiny", gpu: false, threads: 1, context_size: 256, ...input });
    const provider = ggufProvider(options, nodeLlamaCpp!);
    opened.push(provider);
    return provider;
  };
  const ask = (content: string): Message[] => [{ role: "user", content }];
  const textsOf = async (provider: GgufProvider, ...contents: string[]) =>
    (await Promise.all(contents.map((content) => provider.complete(ask(content))))).flat().map(({ text }) => text);
  const drawn = { temperature: 1.5, max_tokens: 8 };

  it("draws by seed, prompt and number, whatever was asked before", async () => {
    const provider = open({ sampling: { ...drawn, n: 2, seed: 7 } });
    const [a0, a1, b0, b1] = await textsOf(provider, "a", "b");
    expect(new Set([a0, a1, b0, b1]).size).toBe(4);
    expect(await textsOf(open({ sampling: { ...drawn, seed: 7 } }), "b", "a")).toEqual([b0, a0]);
    const [other] = await provider.complete(ask("b"), { sampling: { seed: 8, n: 1 } });
    expect(other!.text).not.toBe(b0);
  });

  it("answers greedily alike, one at a time and several together", async () => {
    const contents = ["a", "Say b", "the sky", "and so on"];
    const sampling = { max_tokens: 6 };
    const alone = await textsOf(open({ sampling }), ...contents);
    expect(new Set(alone).size).toBeGreaterThan(1);
    expect(await textsOf(open({ sampling, max_concurrency: 3 }), ...contents)).toEqual(alone);
  });

  it("ends at a stop text, which it leaves off, at max_tokens, and where the context ends", async () => {
    const provider = open({ sampling: { max_tokens: 12 } });
    const [long] = await provider.complete(ask("the sky"));
    expect(long).toMatchObject({ finish: "length", usage: { completion: 12 } });
    const letter = /[a-z]/.exec(long!.text)![0];
    const [short] = await provider.complete(ask("the sky"), { sampling: { stop: ["\u{1f600}", letter] } });
    expect(short).toMatchObject({ finish: "stop", text: long!.text.split(letter, 1)[0] });
    const [tight] = await open({ context_size: long!.usage!.prompt + 5 }).complete(ask("the sky"));
    expect(tight).toMatchObject({ finish: "length", usage: { completion: 5 } });
    expect(long!.text.startsWith(tight!.text)).toBe(true);
  });

  it("goes on with an answer that was begun, in the template and without one", async () => {
    const provider = open({ sampling: { max_tokens: 4 } });
    const [plain] = await provider.complete(ask("a"));
    const [further] = await provider.complete([...ask("a"), { role: "assistant", content: "Well, the" }]);
    expect(further!.usage!.prompt).toBeGreaterThan(plain!.usage!.prompt);
    expect(further!.text).not.toBe(plain!.text);
    const [bare] = await open({ api: "completions" }).complete(ask("a"), { sampling: { max_tokens: 1 } });
    expect(bare!.usage).toEqual({ prompt: 1, completion: 1 });
  });

  it("tells the template of tools and further variables", async () => {
    const [old, told] = ["{% for message", "{{ tools[0].function.name }}{{ more }}{% for message"];
    const gguf = (await tinyGguf()).toString("latin1");
    const template = /tokenizer\.chat_template[^{]*(\{%.*?endif %\}\n?)/s.exec(gguf)![1]!;
    // The file says how long the template is.
    const length = (text: string) => Buffer.from(BigUint64Array.of(BigInt(text.length)).buffer).toString("latin1");
    const other = template.replace(old, told);
    await writeFile(
      join(folder, "told.gguf"),
      gguf.replace(length(template) + template, () => length(other) + other),
      "latin1",
    );
    const sampling = { max_tokens: 1, chat_template_kwargs: { more: "!!!!" } };
    const provider = open({ path: join(folder, "told.gguf"), sampling });
    const tools: Tool[] = [{ type: "function", function: { name: "????????" } }];
    const count = async (options: object) => (await provider.complete(ask("a"), options))[0]!.usage!.prompt;
    const [plain] = await open({ sampling: { max_tokens: 1 } }).complete(ask("a"));
    expect(await count({ tools })).toBe(plain!.usage!.prompt + 12);
  });

  it("says before the first prompt what would fail at each", async () => {
    await open().check();
    await writeFile(join(folder, "broken.gguf"), "GGUF?");
    await expect(open({ path: join(folder, "broken.gguf") }).check()).rejects.toMatchObject({
      code: "E_PROVIDER",
      message: expect.stringContaining("broken.gguf: expected a model that llama.cpp loads, got ") as string,
    });
    const untemplated = (await tinyGguf()).toString("latin1").replace("chat_template", "chat_templbte");
    await writeFile(join(folder, "bare.gguf"), untemplated, "latin1");
    const bare = { path: join(folder, "bare.gguf") };
    await expect(open(bare).check()).rejects.toMatchObject({
      code: "E_PROVIDER",
      message: `${bare.path}: expected a chat template in the file, or api: completions, got a file without one`,
    });
    await open({ ...bare, api: "completions" }).check();
  });

  it("refuses a prompt that the context cannot hold, and stops at the caller's signal", async () => {
    await expect(open({ context_size: 8 }).complete(ask("a long question".repeat(9)))).rejects.toMatchObject({
      code: "E_REQUEST",
      message: expect.stringMatching(/context_size — expected more than the prompt's \d+ tokens, got 8$/) as string,
    });
    const controller = new AbortController();
    const provider = open();
    const pending = provider.complete(ask("a"), { signal: controller.signal });
    const waiting = provider.complete(ask("b"), { signal: controller.signal });
    controller.abort(new Error("Ctrl-C"));
    for (const one of await Promise.allSettled([pending, waiting]))
      expect(one).toEqual({ status: "rejected", reason: new Error("Ctrl-C") });
  });

  it("is known by all that its answers depend on, and not by where it runs", () => {
    const { identity } = open({ revision: "abc", max_concurrency: 2 });
    expect(identity).toEqual({
      ...{ model: "tiny", revision: "abc", api: "chat", context_size: 256, engine: "llama.cpp" },
      sampling: { temperature: 0, max_tokens: 2048, n: 1 },
    });
    expect(open({ path: "elsewhere.gguf", revision: "abc", gpu: true }).identity).toEqual(identity);
  });
});
