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


def karcher(frame, bases, omega):
    """Newton-like descent on the sum of squared geodesic distances, with logarithms by the arctangent formula, from the projection mean."""
    R = frame.shape[1]
    near = [(w, U @ np.linalg.svd(frame.T @ U)[2].T[:, :R]) for w, U in zip(omega, bases) if U.shape[1] >= R]
    total = sum(w for w, _ in near)
    F = frame
    for _ in range(2000):
        H = np.zeros_like(F)
        for w, Y in near:
            u, s, vt = np.linalg.svd((Y - F @ (F.T @ Y)) @ np.linalg.inv(F.T @ Y), full_matrices=False)
            H += w / total * (u * np.arctan(s)) @ vt
        F = np.linalg.qr(F + 0.5 * H)[0]
    return F


def placed(frame, bases, omega, kind, reference):
    if kind == "projection" or frame.shape[1] == 0:
        return frame
    if kind == "karcher":
        return karcher(frame, bases, omega)
    U = bases[reference]
    return U @ np.linalg.svd(frame.T @ U)[2].T[:, : min(frame.shape[1], U.shape[1])]


def ties(parts, weights, density):
    """PEFT's rules: the largest entries, signs by unweighted sums, divided by how many agree."""
    stack = np.stack([np.where(np.abs(x) >= np.sort(np.abs(x).ravel())[x.size - int(density * x.size)], x, 0) for x in parts])
    sign = np.where(stack.sum(0) >= 0, 1, -1)
    agree = np.sign(stack) == sign
    return (stack * np.asarray(weights)[:, None, None] * agree).sum(0) / np.maximum(agree.sum(0), 1)


def gam(made, weights, gate, t, theta0, sides, null, omega_by, frame, reference, form, density):
    deltas = [a["scale"] * a["B"] @ (a["A"] - a["start"] if form == "drift" else a["A"]) for a in made]
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
        frames = [placed(mean_of(side, omega)[1][:, :rank], side, omega, frame, reference) for side in (Us, Vs)]
        parts = [Us, Vs]
    else:
        frames = [placed(gated(side, omega, theta0, null if gate == "joint" else 0), side, omega, frame, reference) for side in (Us, Vs)]
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
        frames = [placed(gated(side, omega, theta0, null), side, omega, frame, reference) for side in parts]
        found["jointRank"] = [F.shape[1] for F in frames]
    turnedU = [turn(U, q, frames[0], t, limit) if sides != "right" else U for U, q in zip(Us, parts[0])]
    turnedV = [turn(V, q, frames[1], t, limit) if sides != "left" else V for V, q in zip(Vs, parts[1])]
    aligned = [(U * s) @ V.T for U, s, V in zip(turnedU, Ss, turnedV)]
    whole = [a["scale"] * a["B"] @ a["A"] for a in made]
    if form == "drift":
        aligned = [a["scale"] * a["B"] @ a["start"] + D for a, D in zip(made, aligned)]
    merged = sum(w * D for w, D in zip(weights, aligned))
    if density is not None:
        u, s, _ = np.linalg.svd(np.hstack(aligned), full_matrices=False)
        _, z, vt = np.linalg.svd(np.vstack(aligned), full_matrices=False)
        u, v = u[:, s > 1e-7 * s[0]], vt[z > 1e-7 * z[0]].T
        merged = u @ ties([u.T @ D @ v for D in aligned], weights, density) @ v.T
    plain = sum(w * D for w, D in zip(weights, whole))
    found["moved"] = float(np.linalg.norm(merged - plain) / np.linalg.norm(plain))
    return merged, found


def listed(a):
    arrays = {key: a[key].ravel().tolist() for key in ("A", "B", "start") if key in a}
    return {"rank": len(a["A"]), "scale": a["scale"], **arrays}


def case(
    name, made, weights=None, gate="angle", t=1.0, theta0=45.0, sides="both", null=0.0, omega="weights", frame="projection", reference=0, form="whole", density=None
):
    weights = weights or [1.0] * len(made)
    merged, found = gam(made, weights, gate, t, theta0, sides, null, omega, frame, reference, form, density)
    print(f"{name:32} {found['rank']} {found.get('jointRank')} moved {found['moved']:.3f}")
    ties = {} if density is None else {"aggregate": "ties", "density": density}
    return {
        "name": name,
        "options": {"gate": gate, "t": t, "theta0": theta0, "sides": sides, "omega": omega, "frame": frame, "reference": reference, "form": form, **ties},
        "weights": weights,
        "null": null,
        "adapters": [listed(a) for a in made],
        "found": found,
        "merged": [float(f"{x:.14g}") for x in merged.ravel()],
    }


def drifted(seed, ranks, step):
    """The updates of `adapters`, their A seen as moved by `step` from an A0 that the first rows of one matrix give."""
    rng = np.random.default_rng(seed)
    start = grid(rng.standard_normal((max(ranks), IN)))
    made = []
    for a in adapters(seed, ranks, 0.25):
        own = start[: len(a["A"])]
        made.append({**a, "start": own, "A": grid(own + step * a["A"])})
    return made


three, mixed, apart = adapters(1, [3, 3, 3], 0.3), adapters(2, [2, 3, 4], 0.25), adapters(3, [3, 3], 5.0)
start = shared_start(4, 3, 4, 0.3)
moved = drifted(5, [2, 3, 4], 0.25)
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
    case("angle, karcher", three, frame="karcher"),
    case("angle, karcher, mixed, weights", mixed, frame="karcher", weights=[1.0, 0.5, -0.75]),
    case("joint, karcher", three, gate="joint", null=0.8, frame="karcher"),
    case("angle, reference", three, frame="reference"),
    case("angle, reference, mixed ranks", mixed, frame="reference", reference=2, weights=[2.0, 1.0, 1.0]),
    case("joint, reference", three, gate="joint", null=0.8, frame="reference", reference=1),
    case("procrustes, reference", three, gate="none", frame="reference", reference=1),
    case("angle, drift", moved, form="drift"),
    case("angle, drift, weights, left", moved, form="drift", sides="left", weights=[1.0, 0.5, -0.75]),
    case("joint, drift", moved, form="drift", gate="joint", null=0.75),
    case("angle, ties", three, density=0.4),
    case("angle, ties, mixed, weights", mixed, density=0.4, weights=[1.0, 0.5, -0.75]),
    case("angle, drift, ties", moved, form="drift", density=0.4),
]
FIXTURE.parent.mkdir(exist_ok=True)
FIXTURE.write_text(json.dumps({"outFeatures": OUT, "inFeatures": IN, "cases": cases}) + "\n")
