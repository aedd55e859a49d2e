"""Peer timing: seconds per DPO step of TRL's DPOTrainer with a PEFT LoRA on a random-weight Qwen3.

usage: python trl_dpo.py --shape s512|qwen3-0.6b [--prompt 128] [--completion 128] [--steps 7] [--warmup 3] [--gradient-checkpointing] [--threads 2]
needs: torch transformers trl peft datasets

The last line of stdout is one JSON object: shape, secondsPerStep (median after warm-up), steps, peakRssBytes, gradientCheckpointing, versions.
Reference log-probs are computed beforehand, as ours are. `pnpm bench:dpo --peer` runs it.
"""

import argparse
import json
import os
import random
import resource
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import peft
import torch
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM, TrainerCallback
from trl import DPOConfig, DPOTrainer

SHAPES = {
    "s512": dict(
        vocab_size=8192,
        hidden_size=512,
        intermediate_size=1536,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=64,
    ),
    "qwen3-0.6b": dict(
        vocab_size=151936,
        hidden_size=1024,
        intermediate_size=3072,
        num_hidden_layers=28,
        num_attention_heads=16,
        num_key_value_heads=8,
        head_dim=128,
    ),
}
PAIRS = {"s512": 2, "qwen3-0.6b": 1}
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def word_tokenizer(vocabulary):
    """One token a word, so that texts have exactly the lengths asked for."""
    words = {f"w{i}": i for i in range(vocabulary - 3)}
    special = {"<unk>": vocabulary - 3, "<pad>": vocabulary - 2, "<eos>": vocabulary - 1}
    tokenizer = Tokenizer(models.WordLevel({**words, **special}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", eos_token="<eos>"
    )


class StepTimer(TrainerCallback):
    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.started = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.started)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="s512")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--completion", type=int, default=128)
    parser.add_argument("--steps", type=int, default=7, help="timed steps")
    parser.add_argument("--warmup", type=int, default=3, help="steps that are not timed")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    draw = random.Random(0)
    shape = SHAPES[options.shape]
    pairs = PAIRS[options.shape]
    vocabulary = shape["vocab_size"]

    def words(count):
        return " ".join(f"w{draw.randrange(vocabulary - 3)}" for _ in range(count))

    # TRL appends the end-of-sequence token to a completion.
    rows = [
        dict(prompt=words(options.prompt) + " ", chosen=words(options.completion - 1), rejected=words(options.completion - 1))
        for _ in range(pairs * (options.warmup + options.steps))
    ]
    config = Qwen3Config(
        **shape,
        tie_word_embeddings=True,
        max_position_embeddings=4096,
        pad_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        bos_token_id=None,
    )
    timer = StepTimer()
    trainer = DPOTrainer(
        model=Qwen3ForCausalLM(config),
        args=DPOConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=pairs,
            num_train_epochs=1,
            learning_rate=1e-5,
            max_length=options.prompt + options.completion,
            precompute_ref_log_probs=True,
            gradient_checkpointing=options.gradient_checkpointing,
            bf16=False,
            use_cpu=True,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=word_tokenizer(vocabulary),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules=MODULES),
        callbacks=[timer],
    )
    trainer.train()
    timed = sorted(timer.seconds[options.warmup:])
    print(
        json.dumps(
            {
                "shape": options.shape,
                "secondsPerStep": timed[len(timed) // 2],
                "steps": len(timed),
                "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "gradientCheckpointing": options.gradient_checkpointing,
                "versions": {m.__name__: m.__version__ for m in (torch, transformers, trl, peft)},
            }
        )
    )


main()
