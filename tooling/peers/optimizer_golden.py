"""Golden of @prefdelta/dpo's optimiser, clipping and schedules: run with `python optimizer_golden.py`.

optimizer.json  AdamW with decoupled weight decay and clip_grad_norm_ over some updates (torch), learning-rate factors (transformers)

Versions used: torch 2.13.0, transformers 5.18.0.
"""

import json
import pathlib

import torch
from transformers import get_scheduler

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/dpo/src/__fixtures__/optimizer.json"
SHAPES = {"a": 7, "b": 5}
OPTIONS = {"lr": 0.02, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
MAX_NORM = 1.0
UPDATES = 6


def adamw() -> dict:
    generator = torch.Generator().manual_seed(11)
    parameters = {name: torch.randn(size, generator=generator).requires_grad_(True) for name, size in SHAPES.items()}
    start = {name: parameter.tolist() for name, parameter in parameters.items()}
    optimizer = torch.optim.AdamW(list(parameters.values()), **OPTIONS)
    updates = []
    for update in range(UPDATES):
        # Norms on both sides of MAX_NORM; one element's gradient is always zero, one's tiny.
        scale = 0.05 if update % 2 else 2.0
        for parameter in parameters.values():
            parameter.grad = scale * torch.randn(parameter.shape, generator=generator)
            parameter.grad[0] = 0.0
            parameter.grad[1] *= 1e-7
        gradients = {name: parameter.grad.tolist() for name, parameter in parameters.items()}
        norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), MAX_NORM).item()
        optimizer.step()
        after = {name: parameter.tolist() for name, parameter in parameters.items()}
        updates.append({"gradients": gradients, "norm": norm, "parameters": after})
    return {"options": {**OPTIONS, "max_norm": MAX_NORM}, "start": start, "updates": updates}


def schedule(name: str, warmup: int, total: int, kwargs: dict) -> dict:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = get_scheduler(name, optimizer, warmup, total, scheduler_specific_kwargs=kwargs)
    factors = []
    for _ in range(total):
        factors.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return {"name": name, "warmup": warmup, "total": total, "minRate": kwargs.get("min_lr_rate", 0), "factors": factors}


def schedules() -> list:
    plain = ["constant", "constant_with_warmup", "linear", "cosine"]
    with_minimum = ["cosine_with_min_lr", "cosine_warmup_with_min_lr"]
    rows = []
    for warmup, total in [(0, 4), (3, 11), (5, 5)]:
        rows += [schedule(name, warmup, total, {}) for name in plain]
        rows += [schedule(name, warmup, total, {"min_lr_rate": 0.1}) for name in with_minimum]
    return rows


FIXTURE.parent.mkdir(parents=True, exist_ok=True)
FIXTURE.write_text(json.dumps({"adamw": adamw(), "schedules": schedules()}) + "\n")
