import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadTokenizer } from "./tokenizer.ts";

const tiny = fileURLToPath(new URL("../__fixtures__/tiny-qwen3", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) await cp(join(tiny, file), join(folder, file));
});
afterEach(() => rm(folder, { recursive: true }));

it("tells the template of tools, in the order of their keys, and of further variables; never in the messages' place", async () => {
  const template =
    "{% if tools %}{% for tool in tools %}{{ tool | tojson }};{% endfor %}{% endif %}{{ messages[0].content }}{% if not thinking %} no{% endif %}";
  await writeFile(join(folder, "chat_template.jinja"), template);
  const tokenizer = await loadTokenizer(folder);
  const messages = [{ role: "user", content: "hi" }] as const;
  const tools = [{ type: "function", function: { name: "b", a: 1 } }];
  expect(tokenizer.applyChatTemplate(messages)).toBe("hi no");
  expect(tokenizer.applyChatTemplate(messages, { tools, variables: { thinking: true, messages: [] } })).toBe(
    '{"type": "function", "function": {"name": "b", "a": 1}};hi',
  );
});

it("puts bos before a text of its own, or eos where there is no bos", async () => {
  const path = join(folder, "tokenizer_config.json");
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  const without = await loadTokenizer(folder);
  expect(without.prefixId).toBe(without.eosId);
  const bos = without.encode("<|im_start|>");
  expect(bos).toHaveLength(1);
  await writeFile(path, JSON.stringify({ ...config, bos_token: { content: "<|im_start|>" } }));
  expect(await loadTokenizer(folder)).toMatchObject({ prefixId: bos[0], eosId: without.eosId });
  await writeFile(path, JSON.stringify({ ...config, bos_token: null }));
  expect((await loadTokenizer(folder)).prefixId).toBe(without.eosId);
});

it("takes of several templates the default one", async () => {
  const path = join(folder, "tokenizer_config.json");
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  const templates = ["tool_use", "default"].map((name) => ({ name, template: `${name}: {{ messages[0].content }}` }));
  await writeFile(path, JSON.stringify({ ...config, chat_template: templates }));
  expect((await loadTokenizer(folder)).applyChatTemplate([{ role: "user", content: "hi" }])).toBe("default: hi");
});

it("refuses a template that cannot be parsed, with the reason", async () => {
  await writeFile(join(folder, "chat_template.jinja"), "{% for message in messages %}{{ message.content }}");
  await expect(loadTokenizer(folder)).rejects.toMatchObject({
    code: "E_TEMPLATE",
    message: expect.stringMatching(/chat template — expected one that can be parsed, got .+/) as string,
  });
});
