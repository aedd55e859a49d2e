"""Goldens of @prefdelta/lora, made by PEFT.

python lora_golden.py           writes packages/lora/src/__fixtures__/{patterns,plain,rslora}: adapters as PEFT saves them
                                and deltas.safetensors, each layer's update as PEFT computes it from that folder
python lora_golden.py --check   loads __fixtures__/portable, which this project saved from `patterns`, with PEFT and asserts that
                                nothing is missing or unexpected and every update is that of `patterns`

Versions used: peft 0.21.0, torch 2.13.0.
"""

import pathlib
import sys
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/lora/src/__fixtures__"
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
    else:
        for name, (dtype, options) in CASES.items():
            generate(name, dtype, options)
