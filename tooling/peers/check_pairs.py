"""Check that TRL takes a pairs.jsonl, a pairs.parquet or a data set of ours (shards and a card) as it is: `datasets` loads it, DPOTrainer tokenises all of it and makes one step on its first pairs.

usage: python check_pairs.py PAIRS.jsonl|PAIRS.parquet|FOLDER [--model packages/causal-lm/src/__fixtures__/tiny-qwen3]
needs: torch transformers trl peft datasets

The last line of stdout is one JSON object: pairs, columns, longest (tokens of a prompt with one answer), loss, gradNorm, versions.
Ends with an error if a column is missing or empty, or the step's loss or gradient is not finite or zero. Extra columns are left in.
"""

import argparse
import json
import math
import os
import pathlib
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import datasets
import peft
import torch
import transformers
import trl
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

TINY = pathlib.Path(__file__).parents[2] / "packages/causal-lm/src/__fixtures__/tiny-qwen3"
COLUMNS = ["prompt", "chosen", "rejected"]


def load(path):
    with tempfile.TemporaryDirectory() as cache:
        options = {"split": "train", "cache_dir": cache, "keep_in_memory": True}
        if os.path.isdir(path):  # a data set with its card
            pairs = datasets.load_dataset(path, **options)
        else:
            kind = "parquet" if path.endswith(".parquet") else "json"
            pairs = datasets.load_dataset(kind, data_files=path, **options)
    missing = [name for name in COLUMNS if name not in pairs.column_names]
    assert not missing, f"{path}: expected columns {COLUMNS}, {missing} missing from {pairs.column_names}"
    for line, pair in enumerate(pairs, start=1):
        for name in COLUMNS:
            well_formed = pair[name] and all(m["role"] and isinstance(m["content"], str) for m in pair[name])
            assert well_formed, f"{path}:{line}: {name}: expected messages with role and content, got {pair[name]!r}"
    return pairs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs")
    parser.add_argument("--model", default=str(TINY))
    options = parser.parse_args()

    pairs = load(options.pairs)
    torch.manual_seed(0)
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32),
        args=DPOConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=2,
            max_steps=1,
            max_length=None,  # nothing is cut or dropped
            loss_type="sigmoid_norm",
            beta=5.0,
            train_sampling_strategy="sequential",
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=True,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=pairs,
        processing_class=AutoTokenizer.from_pretrained(options.model),
        peft_config=LoraConfig(r=4, lora_alpha=4, target_modules="all-linear"),
    )
    assert len(trainer.train_dataset) == len(pairs), f"TRL kept {len(trainer.train_dataset)} of {len(pairs)} pairs"
    lengths = [
        len(row["prompt_ids"]) + max(len(row["chosen_ids"]), len(row["rejected_ids"])) for row in trainer.train_dataset
    ]
    trainer.train()
    step = next(entry for entry in trainer.state.log_history if "loss" in entry)
    # Before the first update adapter and reference are the same model.
    assert math.isclose(step["loss"], math.log(2), rel_tol=1e-5), f"first loss: expected ln 2, got {step['loss']}"
    assert math.isfinite(step["grad_norm"]) and step["grad_norm"] > 0, f"grad_norm: got {step['grad_norm']}"
    print(
        json.dumps(
            {
                "pairs": len(pairs),
                "columns": pairs.column_names,
                "longest": max(lengths),
                "loss": step["loss"],
                "gradNorm": step["grad_norm"],
                "versions": {m.__name__: m.__version__ for m in (torch, transformers, trl, peft, datasets)},
            }
        )
    )


main()
