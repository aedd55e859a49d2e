"""Golden for packages/causal-lm: a random tiny Qwen3 as a Hugging Face folder, what transformers computes with it, and a PEFT adapter on it.

usage: python qwen3_golden.py packages/causal-lm/src/__fixtures__/tiny-qwen3
needs: torch==2.13.0 transformers==5.18.0 peft==0.21.0 tokenizers

Writes the model folder (config.json, model.safetensors in F32, tokenizer, chat template), adapter/ (PEFT), and golden.json: token ids, logits,
log-probs and greedy continuations of a few prompts, with and without the adapter, and rendered conversations.
"""

import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import peft
import tokenizers
import torch
import transformers
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY = 320
NEW_TOKENS = 24
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SENTENCES = [
    "The capital of Chad is N'Djamena, and the currency of Chad is the franc.",
    "What is the difference between two weak answers? Something a strong model can learn.",
    "Rivers run to the sea; the sea is not full. Wind turns and turns again.",
    "Count: one, two, three, four, five, six, seven, eight, nine, ten.",
]
PROMPTS = ["The", "The capital of Chad", "What is the currency of the country? ", SENTENCES[2] + " " + SENTENCES[3]]
CONVERSATIONS = [
    [{"role": "user", "content": "What is two and two?"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who are you?"}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Bye"}],
]


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = TEMPLATE
    return fast


def make_model(tokenizer):
    config = Qwen3Config(
        hidden_size=40,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        vocab_size=VOCABULARY,
        rope_theta=1_000_000.0,
        tie_word_embeddings=True,
        max_position_embeddings=512,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="eager",
    )
    model = Qwen3ForCausalLM(config).float().eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            # Gains away from 1, weights large enough that distributions are far from flat.
            parameter.copy_(1 + 0.2 * noise if parameter.dim() == 1 else 0.15 * noise)
    return model


def attach_adapter(model):
    modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=modules, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    return adapted


def observe(model, tokenizer):
    rows = []
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt, add_special_tokens=False)
        inputs = torch.tensor([ids])
        with torch.no_grad():
            logits = model(input_ids=inputs).logits[0]
            generated = model.generate(
                input_ids=inputs, attention_mask=torch.ones_like(inputs), max_new_tokens=NEW_TOKENS, do_sample=False
            )
        log_probs = torch.log_softmax(logits, -1)
        rows.append(
            {
                "text": prompt,
                "ids": ids,
                "lastLogits": logits[-1].tolist(),
                # log p(ids[i + 1] | ids[.. i])
                "logProbs": [log_probs[i, ids[i + 1]].item() for i in range(len(ids) - 1)],
                "greedy": generated[0, len(ids) :].tolist(),
            }
        )
    return rows


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    golden = {
        "versions": {m.__name__: m.__version__ for m in (torch, transformers, peft, tokenizers)},
        "base": observe(model, tokenizer),
        "conversations": [
            {
                "messages": messages,
                "rendered": tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add),
                "addGenerationPrompt": add,
            }
            for messages in CONVERSATIONS
            for add in (False, True)
        ],
    }
    adapted = attach_adapter(model)
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    golden["adapted"] = observe(adapted, tokenizer)
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
