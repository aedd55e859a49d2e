"""Golden for packages/dpo: DPO runs of TRL + PEFT on the random tiny Qwen3, with everything needed to repeat them.

usage: python trl_golden.py packages/causal-lm/src/__fixtures__/tiny-qwen3 packages/dpo/src/__fixtures__/trl
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0 peft==0.21.0 datasets

Writes pairs.jsonl, a0/ (the adapter before the first step), final-LOSS/ (the adapter after the last) and expected.json: versions, settings, what
TRL tokenised, and the log of every step of each run. A completion's ids include the template's end of the turn, "<|im_end|>\\n", newline and all.
float32, CPU, no dropout, no gradient checkpointing, rows in file order.
"""

import json
import os
import pathlib
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import datasets
import peft
import torch
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LORA = dict(r=4, lora_alpha=4, lora_dropout=0.0, target_modules=MODULES, task_type="CAUSAL_LM")
SHARED = dict(
    per_device_train_batch_size=2,
    max_steps=12,
    learning_rate=1e-3,
    lr_scheduler_type="cosine",
    warmup_steps=0.1,  # a share of the steps
    weight_decay=0.0,
    max_grad_norm=1.0,
    adam_beta1=0.9,
    adam_beta2=0.999,
    adam_epsilon=1e-8,
    max_length=1024,
)
RUNS = {
    "sigmoid_norm": dict(loss_type="sigmoid_norm", beta=5.0, gradient_accumulation_steps=2),
    "sigmoid": dict(loss_type="sigmoid", beta=0.1, gradient_accumulation_steps=1),
}
SUBJECTS = ["The river", "A strong model", "Nobody", "The capital of Chad", "An old sailor", "This proof"]
VERBS = ["runs to the sea", "learns from two weak ones", "counts to ten", "is not full", "turns and turns again"]
TAILS = ["", " and rests.", ", which is a difference worth learning.", "; one, two, three, four, five."]


def make_pairs(count=28):
    def sentence(i):
        return f"{SUBJECTS[i % 6]} {VERBS[(i // 2) % 5]}{TAILS[(i // 3) % 4]}"

    pairs = []
    for i in range(count):
        prompt = [{"role": "user", "content": f"What about {SUBJECTS[(i * 5) % 6].lower()}, number {i}?"}]
        if i % 4 == 0:
            prompt.insert(0, {"role": "system", "content": "Be brief."})
        pairs.append(
            {
                "prompt": prompt,
                "chosen": [{"role": "assistant", "content": sentence(i)}],
                "rejected": [{"role": "assistant", "content": sentence(3 * i + 7) + TAILS[(i + 1) % 4]}],
                "prompt_id": f"p{i}",
                "chosen_model": "strong",
                "rejected_model": "weak",
            }
        )
    return pairs


def save(model, folder):
    """As PEFT saves it, but with the set of modules in order, so that a second run writes the same bytes."""
    # The trainer adds a frozen copy of the first adapter as "ref", its reference.
    model.save_pretrained(folder, selected_adapters=["default"])
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"].sort()
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def run(base, start, pairs, settings):
    """Trains on from the adapter in `start`, of which the trainer also makes its reference."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    # Starting factors come from the same file for every run. Without a config the trainer takes a PEFT model as it is.
    return train(base, PeftModel.from_pretrained(model, start, is_trainable=True), pairs, settings)


def train(base, model, pairs, settings, **more):
    tokenizer = AutoTokenizer.from_pretrained(base)
    args = DPOConfig(
        output_dir=tempfile.mkdtemp(),
        logging_steps=1,
        logging_first_step=True,
        report_to=[],
        bf16=False,
        use_cpu=True,
        gradient_checkpointing=False,
        save_strategy="no",
        disable_tqdm=True,
        train_sampling_strategy="sequential",
        seed=0,
        **SHARED,
        **settings,
    )
    columns = ["prompt", "chosen", "rejected"]
    dataset = Dataset.from_list([{key: pair[key] for key in columns} for pair in pairs])
    trainer = DPOTrainer(model=model, args=args, train_dataset=dataset, processing_class=tokenizer, **more)
    tokens = [{k: v for k, v in row.items() if k.endswith("_ids") and v is not None} for row in trainer.train_dataset]
    trainer.train()
    logs = [entry for entry in trainer.state.log_history if "loss" in entry]
    return trainer.model, tokens, logs


def main():
    base, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    pairs = make_pairs()
    (out / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    torch.manual_seed(0)
    fresh = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), LoraConfig(**LORA))
    save(fresh, out / "a0")
    expected = {
        "versions": {m.__name__: m.__version__ for m in (torch, transformers, trl, peft, datasets)},
        "settings": {"lora": LORA, **SHARED},
        "runs": {},
    }
    for name, settings in RUNS.items():
        model, tokens, logs = run(base, out / "a0", pairs, settings)
        save(model, out / f"final-{name}")
        expected["tokens"] = tokens
        expected["runs"][name] = {"settings": settings, "log": logs}
    (out / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
