"""Golden of @prefdelta/eval's answer metrics: SQuAD's evaluation script as transformers ships it, and Search-R1's substring match on top of it.

python answer_metrics_golden.py    writes packages/eval/src/__fixtures__/answer-metrics.json
"""

import json
import pathlib

import transformers
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/eval/src/__fixtures__/answer-metrics.json"

CASES = [
    ("James Madison", ["james madison"]),
    ("the Titan IIIE rocket", ["Titan IIIE", "Titan 3E"]),
    ("1999.", ["1999"]),
    ("June 20, 1837", ["20 June 1837"]),
    ("Yes, they can", ["Yes"]),
    ("The U.S. of A.", ["US", "United States of America", "us of"]),
    ("a", ["the"]),
    ("", ["a"]),
    ("", ["x"]),
    ("the cat the cat sat", ["the cat sat sat"]),
    ("cat cat cat", ["cat"]),
    ("Zoë à la carte", ["zoë à carte"]),
    ("aé an\u00e9 the\u0301", ["aé ané the\u0301"]),
    ("\u0130stanbul", ["i\u0307stanbul", "istanbul"]),
    ("ΟΔΟΣ", ["οδος", "οδοσ"]),
    ("tab\there\u00a0and\u3000there", ["tab here and there"]),
    ("one\u0085two\x1cthree", ["one two three"]),
    ("bom\ufeffbom", ["bom bom", "bom\ufeffbom"]),
    ("well-known", ["well known", "wellknown"]),
    ("\u201cquoted\u201d \u2014 dash", ["quoted dash"]),
    ("a_b the_c", ["a_b the_c", "ab thec"]),
    ("东京 the 塔", ["东京 塔", "东京"]),
    ("² the²", ["²", "the²"]),
    ("New York City", ["Greenwich Village, New York City"]),
    ("Greenwich Village, New York City", ["New York City", "Greenwich Village"]),
    ("$&<>|~^`{}", ["!"]),
]


def mark(prediction, answers):
    said = normalize_answer(prediction)
    return {
        "prediction": prediction,
        "answers": answers,
        "normalised": said,
        "em": max(compute_exact(a, prediction) for a in answers),
        "f1": max(compute_f1(a, prediction) for a in answers),
        # Ours differs where an answer is empty once normalised: the empty string is in everything.
        "cover": max(int(normalize_answer(a) in said) if normalize_answer(a) else int(said == "") for a in answers),
    }


FIXTURE.parent.mkdir(exist_ok=True)
golden = {"versions": {"transformers": transformers.__version__}, "cases": [mark(*case) for case in CASES]}
FIXTURE.write_text(json.dumps(golden, indent=1) + "\n")
