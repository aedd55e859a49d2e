"""Goldens of adapters beyond plain LoRA from fresh factors: DoRA, and a run that goes on from an adapter with that adapter as its reference.

usage: python dora_golden.py ../../packages/causal-lm/src/__fixtures__/tiny-qwen3 ../../packages/dpo/src/__fixtures__/trl
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0 peft==0.21.0 datasets; run in this folder, after qwen3_golden.py and trl_golden.py

Writes, for packages/causal-lm, tiny-qwen3/dora/ (a DoRA adapter whose magnitudes are not the norms) and tiny-qwen3/dora.json (what transformers
computes with it); for packages/dpo, trl/dora-a0/ (a DoRA adapter before the first step), trl/final-dora, trl/final-sequential (from
trl/final-sigmoid) and trl/expected-adapters.json, as trl_golden.py writes expected.json.
"""

import json
import pathlib
import sys

import torch
from peft import LoraConfig, get_peft_model
from qwen3_golden import observe
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl_golden import LORA, make_pairs, run, save

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
    (base / "dora.json").write_text(json.dumps(golden) + "\n")


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
    (out / "expected-adapters.json").write_text(json.dumps(expected) + "\n")


main()
