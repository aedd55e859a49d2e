"""Golden of @prefdelta/merge's gam: a dense float64 reference, written from the definition and not from the product's code.

python gam_golden.py    writes packages/merge/src/__fixtures__/gam.json

Everything is done on full out x in matrices: subspaces come from numpy's SVD of the update itself, means of subspaces from the full projectors,
geodesics from rotations in the plane of a principal pair. The product works on QR factors, Gram matrices and shared core coordinates instead.
Factors are multiples of 1/64, so that float32 holds them exactly. Version used: numpy 2.4.6.
"""

import json
import pathlib

import numpy as np

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/merge/src/__fixtures__/gam.json"
OUT, IN = 14, 12


def grid(x):
    return np.round(np.asarray(x) * 64) / 64


def adapters(seed, ranks, spread):
    """Updates that share a direction or two up to noise of size `spread`, and have others alone."""
    rng = np.random.default_rng(seed)
    write, read = rng.standard_normal((OUT, 2)), rng.standard_normal((2, IN))
    made = []
    for r in ranks:
        shared = min(2, r)
        B = np.concatenate([write[:, :shared] + spread * rng.standard_normal((OUT, shared)), rng.standard_normal((OUT, r - shared))], 1)
        A = np.concatenate([read[:shared] + spread * rng.standard_normal((shared, IN)), rng.standard_normal((r - shared, IN))], 0)
        made.append({"B": grid(B), "A": grid(A), "scale": float(rng.choice([0.5, 1.0, 2.0]))})
    return made


def shared_start(seed, k, rank, drift):
    """Updates with one A up to drift, and unrelated B: what a common initial A makes of adapters that share nothing."""
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((rank, IN))
    return [{"B": grid(rng.standard_normal((OUT, rank))), "A": grid(start + drift * rng.standard_normal((rank, IN))), "scale": 1.0} for _ in range(k)]


def column_space(M, cut):
    u, s, _ = np.linalg.svd(M, full_matrices=False)
    return u[:, s > cut]


def mean_of(bases, omega):
    """Eigenvalues, falling, and eigenvectors of the mean projector."""
    values, vectors = np.linalg.eigh(sum(w * U @ U.T for w, U in zip(omega, bases)))
    return values[::-1], vectors[:, ::-1]


def gated(bases, omega, theta0, null):
    if sum(U.shape[1] > 0 for U in bases) < 2:
        return bases[0][:, :0]
    values, vectors = mean_of(bases, omega)
    tau = max(omega) + (1 - max(omega)) * np.cos(theta0) ** 2
    return vectors[:, : int(np.sum((values >= tau - 1e-9) & (values > null + 1e-9)))]


def turn(U, part, frame, t, limit):
    if part.shape[1] == 0 or frame.shape[1] == 0:
        return U
    p, cosines, yt = np.linalg.svd(frame.T @ part)
    after = part @ yt.T
    for j in range(min(part.shape[1], frame.shape[1])):
        u, f = after[:, j].copy(), frame @ p[:, j]
        across = f - u * (u @ f)
        theta = np.arctan2(np.linalg.norm(across), u @ f)
        if theta <= limit and theta > 0:
            after[:, j] = np.cos(t * theta) * u + np.sin(t * theta) * across / np.linalg.norm(across)
    moved = after @ yt @ part.T @ U + (U - part @ part.T @ U)
    u, _, vt = np.linalg.svd(moved, full_matrices=False)
    return u @ vt


def gam(made, weights, gate, t, theta0, sides, null, omega_by="weights"):
    deltas = [a["scale"] * a["B"] @ a["A"] for a in made]
    decomposed = []
    for D in deltas:
        u, s, vt = np.linalg.svd(D, full_matrices=False)
        keep = s > 1e-7 * s[0]
        decomposed.append((u[:, keep], s[keep], vt[keep].T))
    k = len(made)
    omega = [abs(w) / sum(map(abs, weights)) for w in weights] if omega_by == "weights" else [1 / k] * k
    theta0, limit = np.deg2rad(theta0), np.inf if gate == "none" else np.deg2rad(theta0)
    Us, Ss, Vs = zip(*decomposed)
    found = {}
    if gate == "none":
        rank = min(len(s) for s in Ss)
        frames = [mean_of(side, omega)[1][:, :rank] for side in (Us, Vs)]
        parts = [Us, Vs]
    else:
        frames = [gated(side, omega, theta0, null if gate == "joint" else 0) for side in (Us, Vs)]
        parts = [Us, Vs]
    found["rank"] = [F.shape[1] for F in frames]
    found["eigenvalues"] = [mean_of(side, omega)[0].tolist() for side in (Us, Vs)]
    if gate == "joint":
        FU, FV = frames
        cut = [1e-9 * s[0] for s in Ss]
        parts = [
            [column_space(D @ FV @ FV.T, c) for D, c in zip(deltas, cut)],
            [column_space(D.T @ FU @ FU.T, c) for D, c in zip(deltas, cut)],
        ]
        frames = [gated(side, omega, theta0, null) for side in parts]
        found["jointRank"] = [F.shape[1] for F in frames]
    turnedU = [turn(U, q, frames[0], t, limit) if sides != "right" else U for U, q in zip(Us, parts[0])]
    turnedV = [turn(V, q, frames[1], t, limit) if sides != "left" else V for V, q in zip(Vs, parts[1])]
    merged = sum(w * (U * s) @ V.T for w, U, s, V in zip(weights, turnedU, Ss, turnedV))
    plain = sum(w * D for w, D in zip(weights, deltas))
    found["moved"] = float(np.linalg.norm(merged - plain) / np.linalg.norm(plain))
    return merged, found


def case(name, made, weights=None, gate="angle", t=1.0, theta0=45.0, sides="both", null=0.0, omega="weights"):
    weights = weights or [1.0] * len(made)
    merged, found = gam(made, weights, gate, t, theta0, sides, null, omega)
    print(f"{name:32} {found['rank']} {found.get('jointRank')} moved {found['moved']:.3f}")
    return {
        "name": name,
        "options": {"gate": gate, "t": t, "theta0": theta0, "sides": sides, "omega": omega, "weights": weights},
        "null": null,
        "adapters": [{"rank": len(a["A"]), "A": a["A"].ravel().tolist(), "B": a["B"].ravel().tolist(), "scale": a["scale"]} for a in made],
        "found": found,
        "merged": merged.ravel().tolist(),
    }


three, mixed, apart = adapters(1, [3, 3, 3], 0.3), adapters(2, [2, 3, 4], 0.25), adapters(3, [3, 3], 5.0)
start = shared_start(4, 3, 4, 0.3)
cases = [
    case("angle", three),
    case("angle, halfway", three, t=0.5),
    case("angle, left", three, sides="left"),
    case("angle, right, 60 degrees", three, sides="right", theta0=60.0),
    case("angle, mixed ranks", mixed),
    case("angle, weights", mixed, weights=[1.0, 0.5, -0.75]),
    case("angle, weights, uniform frame", mixed, weights=[1.0, 0.5, -0.75], omega="uniform"),
    case("angle, nothing shared", apart, theta0=20.0),
    case("angle, shared start", start),
    case("procrustes", three, gate="none"),
    case("procrustes, mixed ranks, halfway", mixed, gate="none", t=0.5),
    case("joint", three, gate="joint", null=0.8),
    case("joint, halfway, mixed, weights", mixed, gate="joint", t=0.5, null=0.75, weights=[2.0, 1.0, 1.0]),
    case("joint, left", three, gate="joint", null=0.8, sides="left"),
    case("joint, shared start", start, gate="joint", null=0.95),
]
FIXTURE.parent.mkdir(exist_ok=True)
FIXTURE.write_text(json.dumps({"outFeatures": OUT, "inFeatures": IN, "cases": cases}) + "\n")
