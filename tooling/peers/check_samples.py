"""Asks lm-evaluation-harness' own model class the requests of a samples file of ours, and fails unless it answers alike.

python check_samples.py SAMPLES.jsonl --model FOLDER [--adapter FOLDER] [--max-length N]    (needs lm-eval, torch, transformers; peft for an adapter)

Log-likelihoods must be within 1e-3, greedy marks and greedy answers equal. Float32 on the CPU.
lm-eval cuts what is longer than the model's window from the left; `--max-length` widens it.
"""

import argparse
import json
import sys

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM


def arguments(row):
    """A sample's requests, in order."""
    given = row["arguments"]
    return [tuple(given[f"gen_args_{k}"][name] for name in ("arg_0", "arg_1")) for k in range(len(given))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("samples")
    parser.add_argument("--model", required=True)
    parser.add_argument("--adapter")
    parser.add_argument("--max-length", type=int)
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.samples, encoding="utf-8")]
    lm = HFLM(pretrained=options.model, peft=options.adapter, device="cpu", dtype="float32", batch_size=4, max_length=options.max_length)

    wrong, worst, asked = [], 0.0, 0
    seen = set()
    for row in rows:
        # A generated answer has a row for each filter.
        key = (row["doc_id"], json.dumps(row["arguments"]))
        if key in seen:
            continue
        seen.add(key)
        requests = arguments(row)
        asked += len(requests)
        if isinstance(requests[0][1], str):
            made = [Instance("loglikelihood", row["doc"], pair, i) for i, pair in enumerate(requests)]
            for (theirs, greedy), (ours, our_greedy) in zip(lm.loglikelihood(made, disable_tqdm=True), row["filtered_resps"], strict=True):
                worst = max(worst, abs(theirs - ours))
                if abs(theirs - ours) > 1e-3 or bool(greedy) != our_greedy:
                    wrong.append(f"document {row['doc_id']}: {theirs} {greedy}, ours {ours} {our_greedy}")
        else:
            made = [Instance("generate_until", row["doc"], pair, i) for i, pair in enumerate(requests)]
            for theirs, (ours,) in zip(lm.generate_until(made, disable_tqdm=True), row["resps"], strict=True):
                if theirs != ours:
                    wrong.append(f"document {row['doc_id']}: {theirs!r}, ours {ours!r}")
    print(json.dumps({"rows": len(rows), "requests": asked, "largest_difference": worst, "wrong": len(wrong)}))
    print("\n".join(wrong[:20]), file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
