"""Goldens of @prefdelta/lora, made by PEFT.

python lora_golden.py           writes packages/lora/src/__fixtures__/{patterns,plain,rslora}: adapters as PEFT saves them
                                and deltas.safetensors, each layer's update as PEFT computes it from that folder; and qwen3:
                                an adapter with many settings on causal-lm's tiny-qwen3, and log_probs.json, what transformers
                                and PEFT say of every next token; merged_bf16.safetensors, its update added to the base
python lora_golden.py --check   loads __fixtures__/portable, which this project saved from `patterns`, with PEFT and asserts that
                                nothing is missing or unexpected and every update is that of `patterns`; and qwen3-portable and
                                qwen3-kept, saved from `qwen3`, whose log-probs must be those of `qwen3`

Versions used: peft 0.21.0, torch 2.13.0, transformers 5.18.0.
"""

import json
import os
import pathlib
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/lora/src/__fixtures__"
TINY = FIXTURES.parents[2] / "causal-lm/src/__fixtures__/tiny-qwen3"
HIDDEN, ATTENTION, INNER = 6, 4, 5


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn = nn.ModuleDict({name: nn.Linear(HIDDEN, ATTENTION, bias=False) for name in ("q_proj", "v_proj")})
        self.mlp = nn.ModuleDict({"down_proj": nn.Linear(INNER, HIDDEN, bias=False)})


class Base(nn.Module):
    """Layers that bear a decoder's names."""

    def __init__(self):
        super().__init__()
        self.model = nn.ModuleDict({"layers": nn.ModuleList([Layer() for _ in range(2)])})


CASES = {
    "patterns": (
        torch.float32,
        {
            "r": 2,
            "lora_alpha": 6,
            # Two keys fit layer 1's q_proj, and two layer 0's down_proj.
            "rank_pattern": {"layers.1.self_attn.q_proj": 3, "q_proj": 1},
            "alpha_pattern": {"down_proj": 7, r"layers\.0\..*": 5},
        },
    ),
    "plain": (torch.bfloat16, {"r": 4, "lora_alpha": 8}),
    "rslora": (torch.float16, {"r": 3, "lora_alpha": 6, "use_rslora": True}),
}


def deltas(model) -> dict[str, torch.Tensor]:
    prefix = "base_model.model."
    return {
        name.removeprefix(prefix): module.get_delta_weight("default").detach().contiguous()
        for name, module in model.named_modules()
        if hasattr(module, "get_delta_weight")
    }


def generate(name: str, dtype: torch.dtype, options: dict) -> None:
    torch.manual_seed(11)
    config = LoraConfig(target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False, **options)
    model = get_peft_model(Base(), config)
    for key, parameter in model.named_parameters():
        if "lora_" in key:
            parameter.data = torch.randn_like(parameter).to(dtype)
    folder = FIXTURES / name
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    # What counts is what PEFT reads back: it sorts the patterns' keys when it saves, and the first that fits wins.
    # Loading gives float32 factors with exactly the saved values.
    save_file(deltas(PeftModel.from_pretrained(Base(), folder)), folder / "deltas.safetensors")


QWEN3 = {
    "r": 4,
    "lora_alpha": 6,
    "use_rslora": True,
    "lora_dropout": 0.05,
    "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "exclude_modules": ["layers.1.mlp.up_proj"],
    "rank_pattern": {"layers.0.self_attn.q_proj": 2, ".*mlp.*": 3},
    "alpha_pattern": {"down_proj": 9, "layers.1.self_attn.*": 2.5},
    "task_type": "CAUSAL_LM",
}
TEXTS = [[5], [17, 80, 41, 230, 9, 9, 301], list(range(3, 40, 2))]


def tiny_qwen3():
    return AutoModelForCausalLM.from_pretrained(TINY, dtype=torch.float32, attn_implementation="eager").eval()


def log_probs(model) -> list:
    with torch.no_grad():
        return [torch.log_softmax(model(torch.tensor([ids])).logits[0, -1], -1).tolist() for ids in TEXTS]


def generate_qwen3() -> None:
    model = get_peft_model(tiny_qwen3(), LoraConfig(**QWEN3)).eval()
    generator = torch.Generator().manual_seed(5)
    for key, parameter in model.named_parameters():
        if "lora_" in key:
            parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator)
    folder = FIXTURES / "qwen3"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    # The base's name is this machine's path, and a key of tomorrow's PEFT must survive.
    config = json.loads((folder / "adapter_config.json").read_text())
    config |= {"base_model_name_or_path": "tiny-qwen3", "invented_tomorrow": {"x": [None, 1e-7]}}
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    # What PEFT reads back counts, as above; an unknown key is dropped with a warning.
    found = PeftModel.from_pretrained(tiny_qwen3(), folder)
    rows = [{"ids": ids, "logProbs": values} for ids, values in zip(TEXTS, log_probs(found))]
    (folder / "log_probs.json").write_text(json.dumps(rows) + "\n")
    # The base in bfloat16 with the update added in: float64, rounded to float32 and then to bfloat16.
    merged = {}
    for name, module in found.named_modules():
        if hasattr(module, "get_delta_weight"):
            factors = [getattr(module, f"lora_{factor}")["default"].weight.detach().double() for factor in "BA"]
            weight = module.base_layer.weight.detach().bfloat16().double() + module.scaling["default"] * (factors[0] @ factors[1])
            merged[name.removeprefix("base_model.model.") + ".weight"] = weight.float().bfloat16().contiguous()
    save_file(merged, folder / "merged_bf16.safetensors")


def check_qwen3() -> None:
    expected = [row["logProbs"] for row in json.loads((FIXTURES / "qwen3/log_probs.json").read_text())]
    base = max(abs(a - b) for x, y in zip(log_probs(tiny_qwen3()), expected) for a, b in zip(x, y))
    for name in ("qwen3-portable", "qwen3-kept"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="Unexpected keyword arguments.*invented_tomorrow")
            found = log_probs(PeftModel.from_pretrained(tiny_qwen3(), FIXTURES / name))
        worst = max(abs(a - b) for x, y in zip(found, expected) for a, b in zip(x, y))
        print(f"{name}: log-probs differ by at most {worst:.1e} (the base's by {base:.1f})")
        assert worst < 1e-5
    kept = json.loads((FIXTURES / "qwen3-kept/adapter_config.json").read_text())
    original = json.loads((FIXTURES / "qwen3/adapter_config.json").read_text())
    original["target_modules"].sort()
    assert kept == original, {key: (kept.get(key), original[key]) for key in original if kept.get(key) != original[key]}


def check() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = PeftModel.from_pretrained(Base(), FIXTURES / "portable")
    found, expected = deltas(model), load_file(FIXTURES / "patterns/deltas.safetensors")
    assert found.keys() == expected.keys(), (found.keys(), expected.keys())
    for name, delta in expected.items():
        torch.testing.assert_close(found[name], delta, rtol=1e-6, atol=1e-6)
        print(f"{name}: {tuple(delta.shape)}, largest difference {(found[name] - delta).abs().max():.1e}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
        check_qwen3()
    else:
        for name, (dtype, options) in CASES.items():
            generate(name, dtype, options)
        generate_qwen3()
