import { readFile } from "node:fs/promises";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { expect, test } from "vitest";
import { loadDataset } from "../dataset.ts";
import { documentStream } from "../pretraining/document-stream.ts";
import { rungNames } from "../pretraining/ladder.ts";
import { pretrainingPools } from "../pretraining/mixture.ts";
import { questionDocument } from "../question.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";
import { specialTokens, vocabularySize } from "./vocabulary.ts";

const dataset = loadDataset();
const files = tokenizerFiles(dataset);
const folder = new URL("../../data/", import.meta.url);
const definition = JSON.parse(files.get("tokenizer.json") ?? "") as object;
const config = JSON.parse(files.get("tokenizer_config.json") ?? "") as { chat_template: string };
const tokenizer = new Tokenizer(definition, config);

test("the committed files are what training makes", async () => {
  for (const [name, text] of files) expect(await readFile(new URL(name, folder), "utf8")).toBe(text);
});

test("1,024 entries, the special tokens first", () => {
  expect(tokenizer.get_vocab().size).toBe(vocabularySize);
  specialTokens.forEach(({ content }, id) => expect(tokenizer.encode(content).ids).toEqual([id]));
});

test("every document survives, fits a row of 96 tokens, and has each digit alone", () => {
  const { statements, passages } = pretrainingPools(dataset);
  const drawn = rungNames.flatMap((rung) => [...documentStream(dataset, rung, 1).take(1000)]);
  for (const document of new Set([...statements, ...passages, ...drawn])) {
    const { ids } = tokenizer.encode(document);
    expect(tokenizer.decode(ids, { skip_special_tokens: false })).toBe(document);
    expect(ids.length).toBeLessThanOrEqual(96);
  }
  expect(tokenizer.tokenize("12+345")).toEqual(["1", "2", "+", "3", "4", "5"]);
});

test("the chat template makes the pretraining document of a question, and its prompt", () => {
  const template = new Template(config.chat_template);
  const [question] = pretrainingPools(dataset).facts;
  if (question === undefined) expect.unreachable();
  const user = { role: "user", content: question.text };
  const whole = template.render({ messages: [user, { role: "assistant", content: question.worked }] });
  expect(whole).toBe(questionDocument(question, "worked"));
  expect(template.render({ messages: [user], add_generation_prompt: true })).toBe(
    `<|user|>${question.text}<|assistant|>`,
  );
  expect(() => template.render({ messages: [{ role: "tool", content: "" }] })).toThrow(/user and assistant, got tool/);
});
