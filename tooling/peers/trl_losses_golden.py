"""Golden for packages/dpo: every preference loss of TRL, its value and its gradient, by TRL's own code on one made-up batch.

usage: python tooling/peers/trl_losses_golden.py
needs: torch==2.13.0 trl==1.13.0

Writes packages/dpo/src/losses/__fixtures__/trl-losses.json. DPOTrainer._compute_loss, CPOTrainer.cpo_loss and ORPOTrainer.odds_ratio_loss run
unbound on a stand-in that has just the fields they read; TRL's code is not changed. The model is a vocabulary of two: a token of log-prob a has
logits (a, log(1 - exp(a))), so that the leaf, the log-prob of every token, [2P, T], gets TRL's gradient. float64, but where TRL refuses it.
"""

import json
import os
import pathlib
import types
from collections import defaultdict

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import torch
import trl
from trl import DPOTrainer
from trl.experimental.cpo import CPOTrainer
from trl.experimental.orpo import ORPOTrainer

OUT = pathlib.Path("packages/dpo/src/losses/__fixtures__/trl-losses.json")
DEFAULTS = dict(
    loss_weights=None,
    beta=0.1,
    label_smoothing=0.0,
    f_divergence_type="reverse_kl",
    f_alpha_divergence_coef=0.5,
    discopop_tau=0.05,
    simpo_gamma=0.5,
    ld_alpha=None,
    use_weighting=False,
)
PLAIN = ["hinge", "nca_pair", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop", "sft"]
CASES = [
    *[dict(loss_type=[name], beta=beta) for name in ["sigmoid", *PLAIN] for beta in (0.1, 0.7)],
    *[dict(loss_type=[name], beta=beta) for name in ["sigmoid_norm", "ipo"] for beta in (0.1, 5.0)],
    *[dict(loss_type=["exo_pair"], label_smoothing=epsilon) for epsilon in (1e-3, 0.3)],
    *[dict(loss_type=["robust"], label_smoothing=epsilon) for epsilon in (0.0, 0.1, 0.4)],
    *[dict(loss_type=[name], label_smoothing=0.2) for name in ("aot", "aot_unpaired")],
    dict(loss_type=["discopop"], discopop_tau=0.5),
    *[
        dict(loss_type=[name], f_divergence_type=kind, f_alpha_divergence_coef=alpha, label_smoothing=epsilon)
        for name, epsilon in (("sigmoid", 0.0), ("sigmoid_norm", 0.0), ("exo_pair", 0.1), ("hinge", 0.0), ("ipo", 0.0))
        for kind, alpha in (("forward_kl", 0.5), ("js_divergence", 0.5), ("alpha_divergence", 0.5), ("alpha_divergence", 1.0))
    ],
    dict(loss_type=["robust"], label_smoothing=0.1, f_divergence_type="js_divergence"),
    dict(loss_type=["discopop"], f_divergence_type="alpha_divergence", f_alpha_divergence_coef=2.0),
    dict(loss_type=["sigmoid", "bco_pair", "sft"], loss_weights=[0.8, 0.2, 1.0]),
    dict(loss_type=["sigmoid", "sft"]),
    dict(loss_type=["sigmoid_norm", "apo_down"], loss_weights=[2.0, -0.5], beta=1.0),
    *[dict(loss_type=[name], ld_alpha=alpha) for name in ("sigmoid", "sigmoid_norm", "aot") for alpha in (0.0, 0.3, 1.0)],
    # (with hinge, TRL multiplies in place what its gradient needs, and stops)
    *[dict(loss_type=[name], use_weighting=True) for name in ("sigmoid", "sigmoid_norm", "apo_zero", "nca_pair")],
    dict(loss_type=["sigmoid", "ipo"], use_weighting=True, ld_alpha=0.5),
    *[dict(loss_type=["simpo"], beta=beta, simpo_gamma=gamma) for beta, gamma in ((0.1, 0.5), (2.5, 1.0))],
    dict(loss_type=["simpo"], beta=2.0, label_smoothing=0.1),
    *[dict(loss_type=["orpo"], beta=beta) for beta in (0.1, 1.0)],
]


def make_batch(pairs=5, tokens=9):
    """Log-probs [2P, T], chosen answers before rejected ones; masks of answers that begin and end anywhere; reference log-probs [2P]."""
    generator = torch.Generator().manual_seed(5)
    uniform = lambda *shape: torch.rand(*shape, generator=generator, dtype=torch.float64)
    log_probs = (-0.05 - 2.5 * uniform(2 * pairs, tokens)).float().double()
    mask = torch.zeros(2 * pairs, tokens, dtype=torch.int64)
    for row in range(2 * pairs):
        start = 1 + (row % pairs) % 3  # a pair's prompt is as long before either answer
        length = 1 + int(uniform(1) * (tokens - start))
        mask[row, start : start + length] = 1
    sums = (log_probs * mask).sum(1)
    reference = (sums + 4 * (uniform(2 * pairs) - 0.5)).float().double()
    return log_probs, mask, reference


class Model:
    """A vocabulary of two in which token 0 is always the one that was written."""

    training = True

    def __init__(self, log_probs):
        self.log_probs = log_probs

    def __call__(self, **_):
        logits = torch.stack([self.log_probs, torch.log1p(-torch.exp(self.log_probs))], dim=-1)
        return types.SimpleNamespace(logits=torch.cat([logits, logits[:, :1]], dim=1))


def stand_in(settings, model):
    names = ["beta", "label_smoothing", "ld_alpha", "f_divergence_type", "f_alpha_divergence_coef", "use_weighting", "simpo_gamma"]
    accelerator = types.SimpleNamespace(device=torch.device("cpu"), gather_for_metrics=lambda x: x, gather=lambda x: x)
    losses = settings["loss_type"]
    return types.SimpleNamespace(
        **{name: settings[name] for name in names},
        loss_types=losses,
        loss_type=losses[0],
        loss_weights=settings["loss_weights"] or [1.0] * len(losses),
        args=types.SimpleNamespace(discopop_tau=settings["discopop_tau"]),
        alpha=0.0,
        model=model,
        accelerator=accelerator,
        precompute_ref_logps=True,
        aux_loss_enabled=False,
        _metrics={"train": defaultdict(list)},
        _total_train_tokens=0,
        _tp_size=1,
    )


def loss_of(settings, log_probs, mask, reference):
    trainer = stand_in(settings, Model(log_probs))
    means = ((log_probs * mask).sum(1) / mask.sum(1)).chunk(2)
    if settings["loss_type"] == ["simpo"]:
        return CPOTrainer.cpo_loss(trainer, *means)[0].mean()
    if settings["loss_type"] == ["orpo"]:
        # As ORPOTrainer adds them up, but with the cross-entropy of the answers' tokens alone.
        chosen, kept = log_probs.chunk(2)[0], mask.chunk(2)[0]
        cross_entropy = -(chosen * kept).sum() / kept.sum()
        return cross_entropy - ORPOTrainer.odds_ratio_loss(trainer, *means)[0].mean()
    ref_chosen, ref_rejected = reference.chunk(2)
    ids = torch.zeros(mask.shape[0], mask.shape[1] + 1, dtype=torch.int64)
    inputs = dict(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        completion_mask=torch.nn.functional.pad(mask, (1, 0)),  # a token is predicted by the one before it
        ref_chosen_logps=ref_chosen,
        ref_rejected_logps=ref_rejected,
    )
    return DPOTrainer._compute_loss(trainer, trainer.model, inputs, return_outputs=False)


def in_pairs(rows):
    """Chosen and rejected by turns."""
    chosen, rejected = rows.chunk(2)
    return torch.stack([chosen, rejected], dim=1).flatten(0, 1)


def counted(values, mask):
    """Each sequence's values at its counted tokens, sequences pair by pair."""
    rows = zip(in_pairs(values).tolist(), in_pairs(mask).tolist())
    return [[value for value, kept in zip(*row) if kept] for row in rows]


def main():
    log_probs, mask, reference = make_batch()
    cases = []
    for case in CASES:
        settings = {**DEFAULTS, **case}
        dtype = torch.float32 if settings["f_divergence_type"] == "alpha_divergence" else torch.float64
        leaf = log_probs.to(dtype, copy=True).requires_grad_()
        loss = loss_of(settings, leaf, mask, reference.to(dtype))
        loss.backward()
        gradient = [[float(f"{g:.7g}") for g in row] for row in counted(leaf.grad, mask)]
        cases.append({**case, "loss": float(f"{loss.item():.9g}"), "gradient": gradient})
    golden = {
        "versions": {"torch": torch.__version__, "trl": trl.__version__},
        "defaults": DEFAULTS,
        "logProbs": counted(log_probs, mask),
        "reference": in_pairs(reference).tolist(),
        "cases": cases,
    }
    OUT.parent.mkdir(exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items() if key != "cases"]
    body = ",\n".join(json.dumps(case) for case in cases)
    OUT.write_text("{\n" + ",\n".join(lines) + f',\n"cases": [\n{body}\n]\n}}\n')
    print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")


main()
