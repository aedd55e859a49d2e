"""Goldens for packages/causal-lm: random tiny models of the other architectures, and what transformers computes with them.

usage: python architectures_golden.py packages/causal-lm/src/__fixtures__
needs: torch==2.13.0 transformers==5.18.0 tokenizers

Writes tiny-NAME/ for each: config.json, model.safetensors in F32, the tokenizer of qwen3_golden.py, and golden.json: token ids, last logits,
log-probs and greedy continuations of its prompts.
"""

import json
import pathlib
import sys

import torch
import transformers
from qwen3_golden import VOCABULARY, make_tokenizer, observe

SHAPE = dict(
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    vocab_size=VOCABULARY,
    max_position_embeddings=512,
    attn_implementation="eager",
)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500_000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=256,
)
CONFIGS = {
    "qwen2": transformers.Qwen2Config(**SHAPE, num_key_value_heads=2, tie_word_embeddings=True),
    # Stretched frequencies of all three kinds, an untied head, biases everywhere in attention.
    "llama3": transformers.LlamaConfig(
        **SHAPE, num_key_value_heads=2, attention_bias=True, rope_parameters=LLAMA3, tie_word_embeddings=False
    ),
    # As SmolLM2: no biases, plain rope of another base.
    "smollm2": transformers.LlamaConfig(
        **SHAPE,
        num_key_value_heads=1,
        rms_norm_eps=1e-5,
        rope_parameters=dict(rope_type="default", rope_theta=100_000.0),
        tie_word_embeddings=True,
    ),
}


def main():
    out = pathlib.Path(sys.argv[1])
    tokenizer = make_tokenizer()
    for seed, (name, config) in enumerate(CONFIGS.items()):
        config.eos_token_id, config.pad_token_id = tokenizer.eos_token_id, tokenizer.pad_token_id
        model = transformers.AutoModelForCausalLM.from_config(config).float().eval()
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter_name, parameter in model.named_parameters():
                noise = torch.randn(parameter.shape, generator=generator)
                # Gains and biases that matter, weights large enough that distributions are far from flat.
                is_gain = parameter_name.endswith("norm.weight")
                parameter.copy_(1 + 0.2 * noise if is_gain else 0.2 * noise)
        folder = out / f"tiny-{name}"
        tokenizer.save_pretrained(folder)
        model.save_pretrained(folder)
        versions = {m.__name__: m.__version__ for m in (torch, transformers)}
        (folder / "golden.json").write_text(json.dumps({"versions": versions, "base": observe(model, tokenizer)}) + "\n")


if __name__ == "__main__":
    main()
