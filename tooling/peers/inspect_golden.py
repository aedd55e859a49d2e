"""Golden of @prefdelta/merge's diagnostics: every number of them computed from full out x in matrices in float64.

python inspect_golden.py    writes packages/merge/src/__fixtures__/inspect.json

Three adapters over layers of two kinds, one of which lacks a module; factors are multiples of 1/64, so that float32 holds them exactly. Groups of
modules are described as one long vector made of their parts. Random baselines of angles are means of 4,000 pairs of random subspaces.
Version used: numpy 2.4.6.
"""

import json
import pathlib

import numpy as np

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/merge/src/__fixtures__/inspect.json"
SHAPES = {
    "model.layers.0.mlp.up_proj": (10, 12),
    "model.layers.0.self_attn.q_proj": (14, 12),
    "model.layers.1.self_attn.q_proj": (14, 12),
}
RANKS, SCALES, LACKS = (2, 3, 2), (2.0, 1.0, 0.5), {2: "model.layers.1.self_attn.q_proj"}
rng = np.random.default_rng(21)


def grid(x):
    return np.round(np.asarray(x) * 64) / 64


def make():
    adapters = [{} for _ in RANKS]
    for path, (out, inn) in SHAPES.items():
        write, read = rng.standard_normal((out, 2)), rng.standard_normal((2, inn))
        for i, (r, scale) in enumerate(zip(RANKS, SCALES)):
            B = np.hstack([write + 0.3 * rng.standard_normal((out, 2)), rng.standard_normal((out, r - 2))])
            A = np.vstack([read + 0.3 * rng.standard_normal((2, inn)), rng.standard_normal((r - 2, inn))])
            if LACKS.get(i) != path:
                adapters[i][path] = {"B": grid(B), "A": grid(A), "scale": scale}
    return adapters


def delta(a):
    return a["scale"] * a["B"] @ a["A"]


def bases(D):
    u, s, vt = np.linalg.svd(D, full_matrices=False)
    keep = s > 1e-7 * s[0]
    return u[:, keep], s[keep], vt[keep].T


def cut(D, rank):
    u, s, vt = np.linalg.svd(D, full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


def angles(Q1, Q2):
    return np.sort(np.degrees(np.arccos(np.clip(np.linalg.svd(Q1.T @ Q2)[1], -1, 1))))


def random_angles(dim, r1, r2):
    draws = []
    for _ in range(4000):
        Q1, Q2 = (np.linalg.qr(rng.standard_normal((dim, r)))[0] for r in (r1, r2))
        draws.append(angles(Q1, Q2))
    return np.mean(draws, 0).tolist()


def side(Q1, Q2):
    found = angles(Q1, Q2)
    dim, ranks = len(Q1), sorted((Q1.shape[1], Q2.shape[1]))
    overlap = float(np.linalg.norm(Q1.T @ Q2) ** 2 / ranks[0])
    return {"angles": found.tolist(), "randomAngles": random_angles(dim, *ranks), "overlap": overlap, "randomOverlap": ranks[1] / dim}


def conflict(D1, D2):
    product = D1 * D2
    return float(-product[product < 0].sum() / np.abs(product).sum())


def cosine(D1, D2):
    return float((D1 * D2).sum() / np.linalg.norm(D1) / np.linalg.norm(D2))


def update(D, rank):
    s = bases(D)[1]
    share = s**2 / (s**2).sum()
    effective = float(np.exp(-(share * np.log(share)).sum()))
    return {"rank": rank, "numericalRank": len(s), "effectiveRank": effective, "norm": float(np.linalg.norm(D)), "spectralNorm": float(s[0])}


def described(weighted, merged, uncut, moved=None):
    """What a merge's report says, of vectors: the weighted sources, the sources, the result, and the result before it was cut."""
    sources, weights = weighted
    plain = sum(w * D for w, D in zip(weights, sources))
    total = sum(np.linalg.norm(w * D) for w, D in zip(weights, sources))
    after = uncut if moved is None else moved
    retention = {"before": float(np.linalg.norm(plain) / total), "after": float(np.linalg.norm(after) / total)}
    return {
        "retentions": [cosine(merged, D) for D in sources],
        "projections": [float((merged * D).sum() / (D * D).sum()) for D in sources],
        "cosines": [[cosine(a, b) for b in sources] for a in sources],
        "norm": float(np.linalg.norm(merged)),
        "normRetention": retention,
        "interference": {key: 1 - value**2 for key, value in retention.items()},
        "truncationError": float(np.linalg.norm(uncut - merged) / np.linalg.norm(uncut)),
    }


adapters = make()
deltas = [{path: delta(a) for path, a in one.items()} for one in adapters]
pairs = [(0, 1), (0, 2), (1, 2)]


def dense(i, paths):
    """An adapter's updates as one vector, zero where it lacks a module."""
    return np.concatenate([deltas[i].get(path, np.zeros(SHAPES[path])).ravel() for path in paths])


def sum_of(paths, weights):
    """The weighted sum, whole and with every module cut to the largest rank among its adapters."""
    whole, kept = [], []
    for path in paths:
        there = [i for i in range(len(RANKS)) if path in deltas[i]]
        D = sum(weights[i] * deltas[i][path] for i in there)
        whole.append(D.ravel())
        kept.append(cut(D, max(RANKS[i] for i in there)).ravel())
    return np.concatenate(whole), np.concatenate(kept)


def module(path):
    there = [i for i in range(len(RANKS)) if path in deltas[i]]
    sides = {i: bases(deltas[i][path]) for i in there}
    found = []
    for i, j in pairs:
        if i in there and j in there:
            (U1, _, V1), (U2, _, V2) = sides[i], sides[j]
            D1, D2 = deltas[i][path], deltas[j][path]
            found.append({"places": [i, j], "cosine": cosine(D1, D2), "left": side(U1, U2), "right": side(V1, V2), "signConflict": conflict(D1, D2)})
    spectra = [np.linalg.eigvalsh(sum(Q @ Q.T for Q in (sides[i][k] for i in there)) / len(there))[::-1].tolist() for k in (0, 2)]
    return {"updates": [update(deltas[i][path], RANKS[i]) for i in there], "pairs": found, "eigenvalues": spectra}


def group(paths, modules):
    norms = [float(np.linalg.norm(dense(i, paths))) for i in range(len(RANKS))]
    effective = [float(np.mean([update(deltas[i][p], 0)["effectiveRank"] for p in paths if p in deltas[i]])) if any(p in deltas[i] for p in paths) else None for i in range(len(RANKS))]
    found = []
    for i, j in pairs:
        both = [pair for p in paths for pair in modules[p]["pairs"] if pair["places"] == [i, j]]
        if not both:
            continue
        contact = [np.abs(deltas[i][p] * deltas[j][p]).sum() for p in paths if p in deltas[i] and p in deltas[j]]
        clash = sum(c * pair["signConflict"] for c, pair in zip(contact, both)) / sum(contact)
        mean = {s: {key: np.mean([pair[s][key] for pair in both], 0).tolist() for key in both[0][s]} for s in ("left", "right")}
        found.append({"places": [i, j], "modules": len(both), "cosine": cosine(dense(i, paths), dense(j, paths)), "signConflict": float(clash), **mean})
    whole, kept = sum_of(paths, [1.0] * 3)
    present = [i for i in range(len(RANKS)) if norms[i] > 0]
    return {"norms": norms, "effectiveRanks": effective, "pairs": found, "present": present, "sum": described(([dense(i, paths) for i in present], [1.0] * len(present)), kept, whole)}


def procrustes(path, members):
    """gam without a gate: both sides of all turned onto the mean subspace, for adapters of one rank."""
    sides = [bases(deltas[i][path]) for i in members]
    turned = []
    for k in (0, 2):
        frame = np.linalg.eigh(sum(s[k] @ s[k].T for s in sides))[1][:, ::-1][:, : sides[0][k].shape[1]]
        for one, s in enumerate(sides):
            p, _, yt = np.linalg.svd(frame.T @ s[k])
            turned.append(frame @ p @ yt)
    return [(turned[i] * s[1]) @ turned[len(sides) + i].T for i, s in enumerate(sides)]


def merge_task_arithmetic():
    weights, rank = [1.0, 0.5, -0.75], 2
    paths = list(SHAPES)
    whole, _ = sum_of(paths, weights)
    kept = np.concatenate([cut(sum(weights[i] * deltas[i][p] for i in range(3) if p in deltas[i]), rank).ravel() for p in paths])
    sources = [dense(i, paths) for i in range(3)]
    return {"adapters": [0, 1, 2], "options": {"method": "task_arithmetic", "weights": weights, "rank": rank, "scale": 1.5}, "report": {**described((sources, weights), kept, whole), "norm": 1.5 * float(np.linalg.norm(kept)), "projections": [1.5 * float((kept * D).sum() / (D * D).sum()) for D in sources]}, "displacements": [0.0] * 3}


def merge_gam():
    path, members = "model.layers.0.self_attn.q_proj", [0, 2]
    sources = [deltas[i][path] for i in members]
    turned = procrustes(path, members)
    merged = sum(turned)
    report = described((sources, [1.0, 1.0]), merged, merged, merged)
    moved = [float(np.linalg.norm(t - D) / np.linalg.norm(D)) for t, D in zip(turned, sources)]
    return {"adapters": members, "module": path, "options": {"method": "gam", "gate": "none"}, "report": report, "displacements": moved}


modules = {path: module(path) for path in SHAPES}
layers = {"0": list(SHAPES)[:2], "1": list(SHAPES)[2:]}
types = {"q_proj": list(SHAPES)[1:], "up_proj": list(SHAPES)[:1]}
listed = [{p: {"rank": len(a["A"]), "out": len(a["B"]), "in": a["A"].shape[1], "scale": a["scale"], "A": a["A"].ravel().tolist(), "B": a["B"].ravel().tolist()} for p, a in one.items()} for one in adapters]
golden = {
    "adapters": listed,
    "modules": modules,
    "byLayer": {name: group(paths, modules) for name, paths in layers.items()},
    "byType": {name: group(paths, modules) for name, paths in types.items()},
    "whole": group(list(SHAPES), modules),
    "merges": [merge_task_arithmetic(), merge_gam()],
}


def rounded(x):
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    if isinstance(x, list):
        return [rounded(value) for value in x]
    return float(f"{x:.12g}") if isinstance(x, float) else x


FIXTURE.write_text(json.dumps(rounded(golden)) + "\n")
