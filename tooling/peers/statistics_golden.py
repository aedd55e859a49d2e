"""Golden of @prefdelta/eval's tests: McNemar, Holm and TOST of statsmodels, Student's distribution of scipy.

python statistics_golden.py    writes packages/eval/src/__fixtures__/statistics.json    (needs statsmodels)
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/eval/src/__fixtures__/statistics.json"

COUNTS = [(0, 0), (1, 0), (5, 0), (3, 9), (12, 4), (50, 50), (61, 40), (400, 520), (1500, 1400)]
FAMILIES = [[0.01], [0.04, 0.01, 0.03], [0.2, 0.2, 0.9], [0.5, 0.001, 0.001, 0.04, 0.8]]


def tost(seed, n, margin):
    rng = np.random.default_rng(seed)
    x, y = (rng.integers(0, 5, n) / 4 for _ in range(2))
    p, _, _ = ttost_paired(x, y, -margin, margin)
    return {"differences": (x - y).tolist(), "margin": margin, "p": float(p)}


golden = {
    "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
    "mcnemar": [{"gained": b, "lost": c, "p": float(mcnemar([[7, b], [c, 9]], exact=True).pvalue)} for b, c in COUNTS],
    "holm": [{"p": family, "adjusted": multipletests(family, method="holm")[1].tolist()} for family in FAMILIES],
    "tail": [{"t": t, "df": df, "p": float(stats.t.sf(t, df))} for t in (-3.1, -0.2, 0.0, 0.7, 2.0, 5.5, 30.0) for df in (1, 2, 7, 120, 14041)],
    "tost": [tost(seed, n, margin) for seed, n, margin in [(0, 5, 0.3), (1, 40, 0.1), (2, 40, 0.5), (3, 200, 0.15), (4, 200, 0.02)]],
}
FIXTURE.write_text(json.dumps(golden) + "\n")
