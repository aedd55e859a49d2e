import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { generate } from "@prefdelta/causal-lm";
import { searchTool } from "@prefdelta/eval";
import { expect, test } from "vitest";

import { tinyModel } from "../__fixtures__/tiny-recipe.ts";
import { engineOptionsSchema } from "../engine/engine-options.ts";
import { openEngine } from "../engine/engine.ts";
import { localChat } from "./local-chat.ts";

const template =
  "{{ 'quiet ' if enable_thinking == false }}{{ tools | map(attribute='function') | map(attribute='name') | join(',') if tools else 'none' }}" +
  "{% for m in messages %}[{{ m.role }}]{{ m.content }}" +
  "{% for c in m.tool_calls or [] %}!{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}>";

test("conversation and tools go through the chat template; one that does not fit the window ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pda-chat-"));
  const engine = await openEngine(engineOptionsSchema.parse({ name: "onnx", threads: 1 }));
  try {
    await cp(tinyModel, folder, { recursive: true });
    await writeFile(join(folder, "chat_template.jinja"), template);
    const lm = await engine.model(folder);
    const called = {
      ...{ id: "call00000", type: "function" as const },
      function: { name: "search", arguments: { query: "q" } },
    };
    const messages = [
      { role: "user" as const, content: "Who?" },
      { role: "assistant" as const, content: "", tool_calls: [called] },
      { role: "tool" as const, tool_call_id: "call00000", content: "Doc" },
    ];
    const limits = { mayCall: true, maxNewTokens: 5, turn: 0 };
    const told = await localChat(lm, { batchSize: 2 })([{ id: "a", messages }], { tools: [searchTool], ...limits });
    const plain = await localChat(lm, { batchSize: 2 })([{ id: "a", messages }], { tools: [], ...limits });
    const written = async (text: string) => {
      const [answer] = await generate(lm, [lm.tokenizer.encode(text)], { maxNewTokens: 5 });
      return answer!.text;
    };
    const rendered = '[user]Who?[assistant]!{"query": "q"}[tool]Doc>';
    expect(told).toEqual([{ text: await written(`search${rendered}`), stop: "length" }]);
    expect(plain).toEqual([{ text: await written(`none${rendered}`), stop: "length" }]);

    const quiet = localChat(lm, { batchSize: 2, variables: { enable_thinking: false } });
    expect(await quiet([{ id: "a", messages }], { tools: [], ...limits })).toEqual([
      { text: await written(`quiet none${rendered}`), stop: "length" },
    ]);

    const window = lm.tokenizer.encode("none[user]Who?>").length + 1;
    const narrow = { ...lm, config: { ...lm.config, maxPositions: window } };
    const short = [messages[0]!];
    const both = [messages, short].map((one, i) => ({ id: String(i), messages: one }));
    const [long, fits] = await localChat(narrow, { batchSize: 2 })(both, { tools: [], ...limits });
    expect(long).toEqual({ text: "", stop: "length" });
    expect(fits!.text).toBe(await written("none[user]Who?>"));
    const alone = await localChat(narrow, { batchSize: 2 })(both.slice(0, 1), { tools: [], ...limits });
    expect(alone).toEqual([long]);
  } finally {
    await engine.close();
    await rm(folder, { recursive: true });
  }
});
