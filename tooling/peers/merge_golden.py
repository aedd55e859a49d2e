"""Goldens of @prefdelta/merge's methods: PEFT's and mergekit's own code, and dense float64 references for the subspace methods.

PYTHONPATH=MERGEKIT python merge_golden.py    writes packages/merge/src/__fixtures__/methods.json

MERGEKIT is an unpacked wheel of mergekit. Random masks are replayed: torch.bernoulli is given uniform numbers that go into the golden, so that
both sides drop the same entries. The subspace references are written from the papers, on full out x in matrices. Factors are multiples of 1/64,
so that float32 holds them exactly.
"""

import itertools
import json
import pathlib
from importlib.metadata import version

import numpy as np
import peft
import torch
from mergekit.merge_methods.base import TensorGroup
from mergekit.merge_methods.generalized_task_arithmetic import ConsensusMethod, GeneralizedTaskArithmeticMerge
from mergekit.merge_methods.karcher import karcher_merge_tensors
from mergekit.merge_methods.sce import sce_merge
from mergekit.merge_methods.slerp import slerp
from mergekit.sparsify import SparsificationMethod

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/merge/src/__fixtures__/methods.json"
OUT, IN = 10, 8
torch.set_default_dtype(torch.float64)


def grid(x):
    return np.round(np.asarray(x) * 64) / 64


def make(seed, ranks):
    rng = np.random.default_rng(seed)
    write, read = rng.standard_normal((OUT, 1)), rng.standard_normal((1, IN))
    return [
        {
            "B": grid(np.concatenate([write + 0.3 * rng.standard_normal((OUT, 1)), rng.standard_normal((OUT, r - 1))], 1)),
            "A": grid(np.concatenate([read + 0.3 * rng.standard_normal((1, IN)), rng.standard_normal((r - 1, IN))], 0)),
            "scale": float(s),
        }
        for r, s in zip(ranks, (2.0, 1.0, 0.5))
    ]


SETS = {"equal": make(1, [2, 2, 2]), "mixed": make(2, [1, 2, 3]), "two": make(3, [2, 2])}


def padded(name):
    """Filled up with zeros to the largest rank: the same updates."""
    rank = max(a["A"].shape[0] for a in SETS[name])
    more = lambda a: rank - a["A"].shape[0]
    return [{**a, "A": np.pad(a["A"], ((0, more(a)), (0, 0))), "B": np.pad(a["B"], ((0, 0), (0, more(a))))} for a in SETS[name]]


def deltas(name):
    return [a["scale"] * a["B"] @ a["A"] for a in SETS[name]]


# ---- random numbers, replayed

rng = np.random.default_rng(7)
drawn = []


def bernoulli(p):
    u = np.round(rng.random(tuple(p.shape)), 4)
    drawn.append(u)
    return (torch.from_numpy(u) < p).to(p.dtype)


torch.bernoulli = bernoulli

# ---- PEFT


def with_peft(name, weights, combination_type, **kwargs):
    # Its linear refuses adapters of several ranks, unless zeros make one of them.
    adapters = padded(name) if combination_type == "linear" else SETS[name]
    model = torch.nn.Sequential(torch.nn.Linear(IN, OUT, bias=False))
    config = lambda a: peft.LoraConfig(r=a["A"].shape[0], lora_alpha=a["scale"] * a["A"].shape[0], target_modules=["0"])
    model = peft.get_peft_model(model, config(adapters[0]), adapter_name="a0")
    for i, a in enumerate(adapters[1:], 1):
        model.add_adapter(f"a{i}", config(a))
    layer = model.base_model.model[0]
    for i, a in enumerate(adapters):
        layer.lora_A[f"a{i}"].weight.data = torch.from_numpy(a["A"])
        layer.lora_B[f"a{i}"].weight.data = torch.from_numpy(a["B"])
    model.add_weighted_adapter([f"a{i}" for i in range(len(adapters))], weights, "merged", combination_type=combination_type, **kwargs)
    return layer.get_delta_weight("merged").detach().numpy()


# ---- mergekit


def with_mergekit(name, weights, method, **parameters):
    consensus, sparsification = {
        "ties": (ConsensusMethod.sum, SparsificationMethod.magnitude),
        "ties_count": (ConsensusMethod.count, SparsificationMethod.magnitude),
        "dare_linear": (None, SparsificationMethod.random),
        "dare_ties": (ConsensusMethod.sum, SparsificationMethod.random),
        "breadcrumbs": (None, SparsificationMethod.magnitude_outliers),
        "della": (ConsensusMethod.sum, SparsificationMethod.della_magprune),
    }[method]
    merge = GeneralizedTaskArithmeticMerge(consensus, sparsification, False, False, method, None, None)
    tensors = [torch.zeros(OUT, IN)] + [torch.from_numpy(d) for d in deltas(name)]
    group = TensorGroup.from_tensors(tensors, base_index=0)
    per = lambda v: {i + 1: v for i in range(len(weights))}
    given = {"int8_mask": False, "normalize": False, "rescale": False, "lambda": 1.0, "weight": {i + 1: w for i, w in enumerate(weights)}}
    given |= {k: per(v) if k in ("density", "gamma", "epsilon") else v for k, v in parameters.items()}
    return merge.merge_group(group, **given).numpy()


def with_sce(name, density):
    tensors = [torch.zeros(OUT, IN)] + [torch.from_numpy(d) for d in deltas(name)]
    group = TensorGroup.from_tensors(tensors, base_index=0)
    return sce_merge([group], parameters={"select_topk": density})[0].numpy()


# ---- dense references of the subspace methods

CUT = 1e-7


def kept_svd(M):
    u, s, vt = np.linalg.svd(M, full_matrices=False)
    k = int(np.sum(s > CUT * s[0]))
    return u[:, :k], s[:k], vt[:k].T


def isometry(M):
    u, _, v = kept_svd(M)
    return u @ v.T


def ties(parts, weights, density):
    trimmed = []
    for x in parts:
        k = int(density * x.size)
        least = np.sort(np.abs(x).ravel())[x.size - k]
        trimmed.append(np.where(np.abs(x) >= least, x, 0))
    stack = np.stack(trimmed)
    sign = np.where(stack.sum(0) >= 0, 1, -1)
    agree = np.sign(stack) == sign
    return (stack * np.asarray(weights)[:, None, None] * agree).sum(0) / np.maximum(agree.sum(0), 1)


def mean_of_elected(stack, weights, sign):
    agree = np.where(sign > 0, stack > 0, stack < 0)
    return (stack * np.asarray(weights)[:, None, None] * agree).sum(0) / np.maximum(agree.sum(0), 1)


def ties_original(D, weights, density):
    """The authors' rules within one tensor: torch.kthvalue and >=, even votes to the majority."""
    trimmed = np.stack([np.where(np.abs(d) >= np.sort(np.abs(d).ravel())[d.size - int(d.size * density) - 1], d, 0) for d in D])
    sign = np.sign(trimmed.sum(0))
    return mean_of_elected(trimmed, weights, np.where(sign == 0, np.sign(sign.sum()), sign))


def della_original(D, weights, density, epsilon):
    """MagPrune with inverse probabilities, then the mean of the elected."""
    thin = []
    for d in D:
        p = density - epsilon + 2 * epsilon * np.abs(d).argsort(1).argsort(1) / (IN - 1)
        thin.append(d * bernoulli(torch.from_numpy(p)).numpy() / p)
    stack = np.stack(thin)
    return mean_of_elected(stack, weights, np.where(stack.sum(0) >= 0, 1, -1))


def knots(D, weights, density):
    U, s, V = kept_svd(np.hstack(D))
    parts = [np.diag(s) @ part.T for part in np.split(V, len(D))]
    merged = ties(parts, weights, density) if density < 1 else sum(w * p for w, p in zip(weights, parts))
    return U @ merged


def core(D, weights, density):
    U, V = kept_svd(np.hstack(D))[0], kept_svd(np.vstack(D))[2]
    return U @ ties([U.T @ d @ V for d in D], weights, density) @ V.T


def tsv(D, weights, keep=None):
    parts = [kept_svd(d) for d in D]
    parts = [(u[:, :keep], s[:keep], v[:, :keep]) for u, s, v in parts]
    values = np.concatenate([w * s for w, (_, s, _) in zip(weights, parts)])
    return isometry(np.hstack([p[0] for p in parts])) @ np.diag(values) @ isometry(np.hstack([p[2] for p in parts])).T


def iso_c(D, weights):
    u, s, v = kept_svd(sum(w * d for w, d in zip(weights, D)))
    return s.mean() * u @ v.T


def iso_cts(D, weights, fraction):
    u, s, v = kept_svd(sum(w * d for w, d in zip(weights, D)))
    own = int((1 - fraction) * len(s) / len(D) + 1e-9)
    common = len(s) - own * len(D)
    us, ss, vs = [u[:, :common]], [s[:common]], [v[:, :common]]
    for w, d in zip(weights, D):
        rest = w * d - us[0] @ (us[0].T @ (w * d))
        ru, rs, rvt = np.linalg.svd(rest)
        us, ss, vs = us + [ru[:, :own]], ss + [rs[:own]], vs + [rvt[:own].T]
    return np.concatenate(ss).mean() * isometry(np.hstack(us)) @ isometry(np.hstack(vs)).T


def ctm(D, weights, rank, beta):
    norms = np.array([np.linalg.norm(d) for d in D])
    M = [d / n * (beta * n + (1 - beta) * norms.mean()) for d, n in zip(D, norms)]
    top = lambda G: np.linalg.eigh(G)[1][:, ::-1][:, :rank]
    V = top(sum(m.T @ m for m in M))
    for _ in range(3000):
        U = top(sum(m @ V @ V.T @ m.T for m in M))
        V = top(sum(m.T @ U @ U.T @ m for m in M))
    return U @ sum(w * U.T @ d @ V for w, d in zip(weights, D)) @ V.T


def gpa(D, weights, rank):
    """On full out + in rows. The optimum is not unique: the start, the leading eigenvectors, is part of the method."""
    halves = []
    for w, d in zip(weights, D):
        u, s, vt = np.linalg.svd(d)
        halves.append(np.vstack([np.sign(w) * u[:, :rank] * np.sqrt(s[:rank]), vt[:rank].T * np.sqrt(s[:rank])]))
    shares = np.abs(weights) / np.sum(np.abs(weights))
    values, vectors = np.linalg.eigh(sum(w * f @ f.T for w, f in zip(shares, halves)))
    mean = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1][:, :rank]
    for _ in range(5000):
        turned = []
        for f in halves:
            u, _, vt = np.linalg.svd(f.T @ mean)
            turned.append(f @ u @ vt)
        mean = sum(w * f for w, f in zip(shares, turned))
    return np.sum(np.abs(weights)) * mean[:OUT] @ mean[OUT:].T


# ---- dense references of the methods on stored factors


def rotation(M):
    """Kabsch's form of the nearest rotation, with diag(1, ..., 1, det). Of the equally near ones of a singular M, the one nearest to I: a trace of
    I decides among them, and is too small to decide anything else."""
    u, s, vt = np.linalg.svd(M + (0 if np.linalg.matrix_rank(M) == len(M) else 1e-9) * np.eye(len(M)))
    return u @ np.diag([1.0] * (len(M) - 1) + [np.linalg.det(u @ vt)]) @ vt


def fedrot(name, weights, side, reference, amount):
    """With re-orthogonalisation by Newton's iteration."""
    parts, total = padded(name), np.sum(np.abs(weights))
    A, B = 0, 0
    for w, a in zip(weights, parts):
        R = rotation(a["A"] @ parts[reference]["A"].T if side == "A" else a["B"].T @ parts[reference]["B"])
        X = (1 - amount) * np.eye(len(R)) + amount * R
        for _ in range(100):
            X = (X + np.linalg.inv(X).T) / 2
        A, B = A + abs(w) / total * X.T @ a["A"], B + w / total * a["scale"] * a["B"] @ X
    return total * B @ A


def robustmerge(name, weights, density):
    """An adapter is pruned by what it has; zeros fill it up afterwards."""
    keep = lambda x: np.where(np.abs(x) >= np.sort(np.abs(x).ravel())[x.size - max(1, int(density * x.size))], x, 0)
    A = np.stack([a["A"] for a in padded(name)])
    rows = lambda x: np.pad(x, ((0, A.shape[1] - len(x)), (0, 0)))
    thin = np.stack([rows(keep(a["A"])) for a in SETS[name]])
    before, after = np.abs(A).sum(2), np.abs(thin).sum(2)
    S = np.divide(before, after, out=np.zeros_like(before), where=after > 0)
    B = sum(w * a["scale"] * rows(keep(a["B"]).T).T * s for w, a, s in zip(weights, SETS[name], S / np.maximum(S.sum(0), 1e-300)))
    return B @ thin.sum(0)


def lego(name, weights, clusters):
    """The tightest clusters of all: every assignment of the units is tried."""
    units = []
    for w, a in zip(weights, SETS[name]):
        root = np.sqrt(abs(w * a["scale"]))
        units += [root * np.concatenate([a["A"][j], np.sign(w) * a["B"][:, j]]) for j in range(len(a["A"]))]
    units = np.stack(units)
    spread = lambda labels: sum(np.sum((units[labels == c] - units[labels == c].mean(0)) ** 2) for c in range(clusters))
    labelings = (np.array(p) for p in itertools.product(range(clusters), repeat=len(units)))
    best = min((p for p in labelings if len(set(p)) == clusters), key=spread)
    merged = 0
    for c in range(clusters):
        own = units[best == c]
        centre = own.mean(0) * np.abs(own).max(1).mean() / np.abs(own.mean(0)).max()
        merged = merged + np.sqrt(len(units) / clusters) * np.outer(centre[IN:], centre[:IN])
    return merged


cases = []


def case(source, name, options, weights, merged):
    uniforms = [u.tolist() for u in drawn]
    drawn.clear()
    merged = [float(f"{x:.12g}") for x in np.asarray(merged).ravel()]
    cases.append({"source": source, "adapters": name, "options": {**options, "weights": weights}, "uniforms": uniforms, "merged": merged})


W = [1.0, 0.5, -0.75]
for kind, ours in [("linear", {"method": "linear"}), ("cat", {"method": "task_arithmetic"}), ("svd", {"method": "task_arithmetic", "rank": 3})]:
    extra = {"svd_rank": 3} if kind == "svd" else {}
    case("peft", "equal", ours, W, with_peft("equal", W, kind, **extra))
for density in (0.3, 1.0):
    for sign in ("total", "frequency"):
        for method in ("ties", "dare_ties"):
            options = {"method": method, "density": density, "majoritySign": sign}
            extra = {"density": density, "majority_sign_method": sign}
            case("peft", "equal", {**options, "peftCompat": True}, W, with_peft("equal", W, method, **extra))
            case("peft", "mixed", {**options, "rank": 3}, W, with_peft("mixed", W, f"{method}_svd", svd_rank=3, **extra))
    for method in ("dare_linear", "magnitude_prune"):
        options = {"method": method, "density": density}
        case("peft", "equal", {**options, "peftCompat": True}, W, with_peft("equal", W, method, density=density))
        case("peft", "mixed", {**options, "rank": 3}, W, with_peft("mixed", W, f"{method}_svd", svd_rank=3, density=density))

for density in (0.4, 1.0):
    kit = {"dialect": "mergekit", "density": density}
    case("mergekit", "mixed", {"method": "ties", **kit}, W, with_mergekit("mixed", W, "ties", density=density, normalize=True))
    counted = {"method": "ties", "majoritySign": "frequency", **kit}
    case("mergekit", "mixed", counted, W, with_mergekit("mixed", W, "ties_count", density=density, normalize=True))
    case("mergekit", "mixed", {"method": "dare_linear", **kit}, W, with_mergekit("mixed", W, "dare_linear", density=density, rescale=True))
    case("mergekit", "mixed", {"method": "dare_ties", **kit}, W, with_mergekit("mixed", W, "dare_ties", density=density, rescale=True))
    della = with_mergekit("mixed", W, "della", density=density, epsilon=0.2, rescale=True, normalize=True)
    case("mergekit", "mixed", {"method": "della", "epsilon": 0.2, **kit}, W, della)
for density, gamma in ((0.5, 0.1), (0.95, 0.1), (0.5, 0.0), (1.0, 0.1)):
    merged = with_mergekit("mixed", W, "breadcrumbs", density=density, gamma=gamma)
    case("mergekit", "mixed", {"method": "breadcrumbs", "density": density, "gamma": gamma}, W, merged)
for density in (0.35, 1.0):
    case("mergekit", "mixed", {"method": "sce", "density": density}, [1.0] * 3, with_sce("mixed", density))
for t in (0.0, 0.3, 1.0):
    a, b = (torch.from_numpy(d)[None] for d in deltas("two"))
    case("mergekit", "two", {"method": "slerp", "t": t}, [1.0, 1.0], slerp(torch.tensor([t]), a, b)[0].numpy())
third = karcher_merge_tensors([torch.from_numpy(d) for d in deltas("mixed")], [1 / 3] * 3, max_iter=200, tol=1e-12)
case("mergekit", "mixed", {"method": "karcher"}, [1 / 3] * 3, third.numpy())

P = [1.0, 0.5, 0.75]
for density in (0.2, 0.6):
    case("numpy", "mixed", {"method": "ties", "dialect": "original", "density": density}, W, ties_original(deltas("mixed"), W, density))
    options = {"method": "della", "density": density, "epsilon": 0.15}
    case("numpy", "mixed", options, W, della_original(deltas("mixed"), W, density, 0.15))
for name in ("equal", "mixed"):
    D = deltas(name)
    for w in (P, W):
        case("numpy", name, {"method": "knots", "density": 0.4}, w, knots(D, w, 0.4))
        case("numpy", name, {"method": "knots", "aggregate": "mean"}, w, knots(D, w, 1))
        case("numpy", name, {"method": "core", "density": 0.4}, w, core(D, w, 0.4))
        case("numpy", name, {"method": "tsv"}, w, tsv(D, w))
        case("numpy", name, {"method": "tsv", "keep": 1}, w, tsv(D, w, 1))
        case("numpy", name, {"method": "iso_c"}, w, iso_c(D, w))
        case("numpy", name, {"method": "iso_cts", "commonFraction": 0.4}, w, iso_cts(D, w, 0.4))
        case("numpy", name, {"method": "gpa", "rounds": 5000, "tolerance": 1e-15}, w, gpa(D, w, 2 if name == "equal" else 3))
        case("numpy", name, {"method": "ctm", "basisRank": 3, "tolerance": 1e-9, "rounds": 1000}, w, ctm(D, w, 3, 1.0))
        case("numpy", name, {"method": "ctm", "basisRank": 2, "beta": 0, "tolerance": 1e-9, "rounds": 1000}, w, ctm(D, w, 2, 0.0))
for w in (P, W):
    for side, reference, amount in (("A", 0, 1.0), ("A", 2, 0.5), ("B", 1, 1.0), ("B", 0, 0.4)):
        options = {"method": "fedrot", "side": side, "reference": reference, "rotation": amount}
        case("numpy", "equal", options, w, fedrot("equal", w, side, reference, amount))
    for density in (0.4, 1.0):
        case("numpy", "equal", {"method": "robustmerge", "density": density}, w, robustmerge("equal", w, density))
    for clusters in (2, 3):
        case("numpy", "equal", {"method": "lego", "clusters": clusters}, w, lego("equal", w, clusters))
    case("numpy", "mixed", {"method": "lego"}, w, lego("mixed", w, 3))
for w in (P, W):
    case("peft", "mixed", {"method": "linear"}, w, with_peft("mixed", w, "linear"))
    for side, reference, amount in (("A", 0, 1.0), ("A", 2, 0.5), ("B", 1, 1.0), ("B", 0, 0.4)):
        options = {"method": "fedrot", "side": side, "reference": reference, "rotation": amount}
        case("numpy", "mixed", options, w, fedrot("mixed", w, side, reference, amount))
    for density in (0.4, 1.0):
        case("numpy", "mixed", {"method": "robustmerge", "density": density}, w, robustmerge("mixed", w, density))

made = {
    "versions": {p: version(p) for p in ("peft", "torch", "numpy")} | {"mergekit": "0.1.5"},
    "outFeatures": OUT,
    "inFeatures": IN,
    "adapters": {
        k: [{"rank": a["A"].shape[0], "A": a["A"].ravel().tolist(), "B": a["B"].ravel().tolist(), "scale": a["scale"]} for a in v] for k, v in SETS.items()
    },
    "cases": cases,
}
FIXTURE.write_text(json.dumps(made, separators=(",", ":")) + "\n")
print(len(cases), "cases,", FIXTURE.stat().st_size, "bytes")
