import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { CausalLmError } from "../errors.ts";

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

export interface ChatTemplateOptions {
  readonly addGenerationPrompt?: boolean;
  /** In OpenAI's schema; templates that know no tools leave them out. */
  readonly tools?: readonly object[] | undefined;
  /** Further variables of the template, `{ enable_thinking: false }` say. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface Tokenizer {
  /** Text to ids; special tokens in the text become their ids, none is added. */
  encode(text: string): number[];
  /** Ids to text, special tokens included. */
  decode(ids: readonly number[]): string;
  /** The token that ends a turn. */
  readonly eosId: number;
  /** The token that stands before a text that follows on nothing: bos, or eos where there is none, as in lm-evaluation-harness. */
  readonly prefixId: number;
  /** Renders a conversation with the model's chat template. @throws {CausalLmError} E_TEMPLATE */
  applyChatTemplate(messages: readonly Message[], options?: ChatTemplateOptions): string;
  /** sha256 of the chat template: part of every cache key that depends on rendered prompts. */
  readonly templateHash: string;
}

interface TokenizerConfig {
  /** One template, or several with names. */
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[];
  readonly eos_token?: string | { readonly content: string };
  readonly bos_token?: string | { readonly content: string } | null;
  readonly [key: string]: unknown;
}

const tokenText = (token: TokenizerConfig["bos_token"]): string | undefined =>
  typeof token === "string" ? token : token?.content;

async function readJson(folder: string, file: string): Promise<object> {
  const path = join(folder, file);
  try {
    return JSON.parse(await readFile(path, "utf8")) as object;
  } catch (cause) {
    throw new CausalLmError("E_MODEL_FILE", `${path}: expected a readable JSON file, got ${String(cause)}`, { cause });
  }
}

async function readTemplate(folder: string, config: TokenizerConfig): Promise<string> {
  const { chat_template: given } = config;
  if (typeof given === "string") return given;
  const named = given?.find(({ name }) => name === "default");
  if (named !== undefined) return named.template;
  // transformers 5 writes the template beside the config.
  return readFile(join(folder, "chat_template.jinja"), "utf8").catch(() => "");
}

/** @throws {CausalLmError} E_TEMPLATE */
function parseTemplate(folder: string, template: string): Template | undefined {
  if (template === "") return undefined;
  try {
    return new Template(template);
  } catch (cause) {
    const message = `${folder}: chat template — expected one that can be parsed, got ${String(cause)}`;
    throw new CausalLmError("E_TEMPLATE", message, { cause });
  }
}

/**
 * The tokenizer of a Hugging Face folder: tokenizer.json, tokenizer_config.json and the chat template in it or beside it; of several, the one that is named
 * default.
 *
 * @throws {CausalLmError} E_MODEL_FILE, E_MODEL_CONFIG; E_TEMPLATE for a template that is none
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const config = (await readJson(folder, "tokenizer_config.json")) as TokenizerConfig;
  const tokenizer = new HuggingFaceTokenizer(await readJson(folder, "tokenizer.json"), config);
  const template = await readTemplate(folder, config);
  const eosToken = tokenText(config.eos_token);
  const eosId = eosToken === undefined ? undefined : tokenizer.token_to_id(eosToken);
  if (eosId === undefined) {
    const message = `${join(folder, "tokenizer_config.json")}: eos_token — expected a token of the vocabulary, got ${JSON.stringify(eosToken)}`;
    throw new CausalLmError("E_MODEL_CONFIG", message);
  }
  const bosToken = tokenText(config.bos_token);
  const parsed = parseTemplate(folder, template);
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) =>
      ids.length === 0
        ? ""
        : tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    eosId,
    prefixId: (bosToken === undefined ? undefined : tokenizer.token_to_id(bosToken)) ?? eosId,
    templateHash: createHash("sha256").update(template).digest("hex"),
    applyChatTemplate(messages, { addGenerationPrompt = false, tools, variables } = {}) {
      if (!parsed) {
        throw new CausalLmError(
          "E_TEMPLATE",
          `${folder}: chat template — expected one in tokenizer_config.json, got none`,
        );
      }
      try {
        return parsed.render({
          ...variables,
          messages,
          ...(tools === undefined ? {} : { tools }),
          add_generation_prompt: addGenerationPrompt,
          eos_token: eosToken,
          bos_token: bosToken ?? "",
        });
      } catch (cause) {
        throw new CausalLmError("E_TEMPLATE", `${folder}: chat template — expected to render, got ${String(cause)}`, {
          cause,
        });
      }
    },
  };
}
