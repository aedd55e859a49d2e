"""Goldens of adapters beyond plain LoRA from fresh factors: DoRA, a run that goes on from an adapter with that adapter as its reference, and one
with rsLoRA, patterns and LoRA+.

usage: python adapters_golden.py ../../packages/causal-lm/src/__fixtures__/tiny-qwen3 ../../packages/dpo/src/__fixtures__/trl
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0 peft==0.21.0 datasets; run in this folder, after qwen3_golden.py and trl_golden.py

Writes, for packages/causal-lm, tiny-qwen3/dora/: a DoRA adapter whose magnitudes are not the norms, and golden.json (what transformers
computes with it); for packages/dpo, trl/dora-a0/ (a DoRA adapter before the first step), trl/final-dora, trl/final-sequential (from
trl/final-sigmoid) and trl/expected-adapters.json, as trl_golden.py writes expected.json. The run with patterns starts from our own first factors, in
trl/patterns-a0, since those of @prefdelta/dpo that have patterns come from its seed alone: `trainDpo` with the settings of the test and one step
at learning rate 0.
"""

import json
import pathlib
import sys

import torch
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from qwen3_golden import observe
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl_golden import LORA, SHARED, make_pairs, run, save, train

PATTERNS = dict(
    r=4,
    lora_alpha=8,
    lora_dropout=0.0,
    use_rslora=True,
    rank_pattern={"up_proj": 6, "layers.0.self_attn.q_proj": 2},
    alpha_pattern={"down_proj": 16},
    target_modules=r".*\.(self_attn\.[qv]_proj|mlp\..*_proj)",
    task_type="CAUSAL_LM",
)
LORA_PLUS_RATIO = 4
RUNS = {
    "dora": ("dora-a0", dict(loss_type="sigmoid", beta=0.1, gradient_accumulation_steps=1)),
    "sequential": ("final-sigmoid", dict(loss_type="sigmoid", beta=0.1, gradient_accumulation_steps=2)),
}


def load(base):
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")


def observe_dora(base):
    adapted = get_peft_model(load(base), LoraConfig(**{**LORA, "lora_alpha": 8}, use_dora=True)).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "lora_magnitude_vector" in name:
                parameter.mul_(1 + 0.2 * noise)
            elif "lora_" in name:
                parameter.copy_(0.1 * noise)
    save(adapted, base / "dora")
    golden = {"adapted": observe(adapted, AutoTokenizer.from_pretrained(base))}
    (base / "dora" / "golden.json").write_text(json.dumps(golden) + "\n")


def run_patterns(base, start):
    model = get_peft_model(load(base), LoraConfig(**PATTERNS))
    ours = load_file(start / "adapter_model.safetensors")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_A" in name:
                # Ours are filled up with zeros to the highest rank.
                parameter.copy_(ours[name.replace(".default", "")][: parameter.shape[0]])
    optimizer = create_loraplus_optimizer(
        model,
        torch.optim.AdamW,
        lr=SHARED["learning_rate"],
        loraplus_lr_ratio=LORA_PLUS_RATIO,
        betas=(SHARED["adam_beta1"], SHARED["adam_beta2"]),
        eps=SHARED["adam_epsilon"],
    )
    settings = dict(loss_type="sigmoid", beta=0.1, gradient_accumulation_steps=1)
    _, _, logs = train(base, model, make_pairs(), settings, optimizers=(optimizer, None))
    own = {f"lora_{key}" if key in ("r", "target_modules") else key: value for key, value in PATTERNS.items()}
    del own["task_type"]
    return {"settings": settings, "own": {**own, "loraplus_lr_ratio": LORA_PLUS_RATIO}, "log": logs}


def main():
    base, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    observe_dora(base)
    torch.manual_seed(0)
    save(get_peft_model(load(base), LoraConfig(**LORA, use_dora=True)), out / "dora-a0")
    expected = {}
    for name, (start, settings) in RUNS.items():
        model, _, logs = run(base, out / start, make_pairs(), settings)
        save(model, out / f"final-{name}")
        expected[name] = {"start": start, "settings": settings, "log": logs}
    expected["patterns"] = run_patterns(base, out / "patterns-a0")
    (out / "expected-adapters.json").write_text(json.dumps(expected) + "\n")


main()
