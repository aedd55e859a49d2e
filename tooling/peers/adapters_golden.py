"""Goldens of adapters beyond plain LoRA from fresh factors: DoRA, a run that goes on from an adapter with that adapter as its reference, and one
with rsLoRA, patterns and LoRA+.

usage: python adapters_golden.py ../../packages/causal-lm/src/__fixtures__/tiny-qwen3 ../../packages/dpo/src/__fixtures__/trl
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0 peft==0.21.0 datasets; run in this folder, after qwen3_golden.py and trl_golden.py

Writes, for packages/causal-lm, tiny-qwen3/dora/: a DoRA adapter whose magnitudes are not the norms, and golden.json (what transformers
computes with it), tiny-qwen3/dropout/: golden.json and gradients-KIND.safetensors, what PEFT computes in training with masks that are given, of
tiny-qwen3/adapter and of that DoRA; for packages/dpo, trl/dora-a0/ (a DoRA adapter before the first step), trl/final-dora, trl/final-sequential (from
trl/final-sigmoid) and trl/expected-adapters.json, as trl_golden.py writes expected.json. The run with patterns starts from our own first factors, in
trl/patterns-a0, since those of @prefdelta/dpo that have patterns come from its seed alone: `trainDpo` with the settings of the test and one step
at learning rate 0.
"""

import json
import pathlib
import sys

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from qwen3_golden import observe
from safetensors.torch import load_file, save_file
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
DROPOUT = 0.25
DROPPED_PROMPT = "What is the currency of the country? "
DROPPED_COMPLETIONS = ["The currency of Chad is the franc.", "Something a strong model can learn; count: one."]
# The gradients are those of the completions' log-probs in these shares.
SHARES = [1.0, -0.5]
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


class GivenMask(torch.nn.Module):
    """Stands for PEFT's dropout: of token t, entry i is dropped where 3 t + 5 i + 7 m + t i is a multiple of 4, m being the module's place."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def forward(self, x):
        t, i = torch.arange(x.shape[1])[:, None], torch.arange(x.shape[2])[None, :]
        seen = (3 * t + 5 * i + 7 * self.place + t * i) % 4 != 0
        return x * seen / (1 - DROPOUT)


def observe_dropped(base, kind, folder):
    """Logits and gradients of an adapter in training, prompt and completion in one sequence, without padding."""
    adapted = PeftModel.from_pretrained(load(base), folder, is_trainable=True).train()
    layers = [module for module in adapted.modules() if hasattr(module, "lora_dropout")]
    for place, layer in enumerate(layers):
        layer.lora_dropout["default"] = GivenMask(place)
    tokenizer = AutoTokenizer.from_pretrained(base)
    prompt, *completions = (
        tokenizer.encode(text, add_special_tokens=False) for text in (DROPPED_PROMPT, *DROPPED_COMPLETIONS)
    )
    rows, loss = [], 0
    for completion, share in zip(completions, SHARES):
        logits = adapted(input_ids=torch.tensor([prompt + completion])).logits[0]
        log_probs = torch.log_softmax(logits[len(prompt) - 1 : -1], -1)[range(len(completion)), completion]
        loss = loss + share * log_probs.sum()
        rows.append({"ids": completion, "logProb": log_probs.sum().item(), "lastLogits": logits[-1].tolist()})
    loss.backward()
    gradients = {
        name.removeprefix("base_model.model.").replace(".default", "").removesuffix(".weight"): parameter.grad
        for name, parameter in adapted.named_parameters()
        if parameter.grad is not None
    }
    save_file(gradients, base / "dropout" / f"gradients-{kind}.safetensors")
    return {"prompt": prompt, "completions": rows}


def observe_dropout(base):
    (base / "dropout").mkdir(exist_ok=True)
    golden = {
        "versions": {m.__name__: m.__version__ for m in (torch, transformers, peft)},
        "probability": DROPOUT,
        "shares": SHARES,
        "lora": observe_dropped(base, "lora", base / "adapter"),
        "dora": observe_dropped(base, "dora", base / "dora"),
    }
    (base / "dropout" / "golden.json").write_text(json.dumps(golden) + "\n")


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
    observe_dropout(base)
    torch.manual_seed(0)
    save(get_peft_model(load(base), LoraConfig(**LORA, use_dora=True)), out / "dora-a0")
    expected = {}
    for name, (start, settings) in RUNS.items():
        model, _, logs = run(base, out / start, make_pairs(), settings)
        save(model, out / f"final-{name}")
        expected[name] = {"start": start, "settings": settings, "log": logs}
    expected["patterns"] = run_patterns(base, out / "patterns-a0")
    (out / "expected-adapters.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
