import { createRandom } from "@prefdelta/random";
import type { Dataset } from "../dataset.ts";
import { loadDataset } from "../dataset.ts";
import { drawDocuments } from "../pretraining/mixture.ts";
import { trainTokenizer } from "./train-tokenizer.ts";
import { vocabularySize } from "./vocabulary.ts";

const trainingDocuments = 30_000;

/** Questions, then the answer; what a question's pretraining document looks like. */
const chatTemplate = [
  "{% for message in messages %}",
  "{% if message['role'] == 'user' %}<|user|>{{ message['content'] }}",
  "{% elif message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|end|>",
  "{% else %}{{ raise_exception('expected the roles user and assistant, got ' + message['role']) }}{% endif %}",
  "{% endfor %}",
  "{% if add_generation_prompt %}<|assistant|>{% endif %}",
].join("");

/** Name and content of the tokenizer's files, the same in every model folder. */
export function tokenizerFiles(dataset: Dataset = loadDataset()): Map<string, string> {
  const mixture = {
    weights: { statements: 3, facts: 1, sums: 0.3, search: 2, passages: 2 },
    worked: { facts: 0.6, sums: 0.6, search: 0.6 },
  };
  const documents = drawDocuments(dataset, mixture, createRandom("tokenizer")).take(trainingDocuments);
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: null,
    eos_token: "<|end|>",
    pad_token: "<|pad|>",
    unk_token: null,
    add_bos_token: false,
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 512,
    chat_template: chatTemplate,
  };
  return new Map([
    ["tokenizer.json", `${JSON.stringify(trainTokenizer(documents, { vocabularySize }))}\n`],
    ["tokenizer_config.json", `${JSON.stringify(config, null, 2)}\n`],
  ]);
}
