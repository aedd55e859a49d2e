"""Runs the same tasks through `pda eval` and through lm-evaluation-harness, and fails unless every item and every score agrees.

python tasks_agreement.py --model FOLDER --mmlu FOLDER --gsm8k FILE.jsonl --work DIR [--limit 100] [--shots 2] --pda "node dist/main.js"
(needs lm-eval, datasets, torch, transformers)

Two MMLU subjects, two more of them as ARC's rows (acc and acc_norm over the texts), and GSM8K (generation, two filters). lm-eval reads its own YAML files;
only the data are local and the examples the first ones, for its random ones come from Python's generator. Per item: prompts to the letter,
log-likelihoods within 1e-3, greedy marks, filter results and marks equal. Per score: value and standard error within 1e-9. Float32 on the CPU.
With a folder of random weights, `--window N` is written into a copy of its config, so that prompts are not cut.
"""

import argparse
import csv
import importlib.util
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import lm_eval
import yaml
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM

SUBJECTS = ("anatomy", "high_school_geography")
ARC_FROM = ("astronomy", "marketing")
LETTERS = "ABCD"


def mmlu_rows(folder, split, subject):
    with open(folder / split / f"{subject}_{split}.csv", encoding="utf-8", newline="") as file:
        for question, *choices, answer in csv.reader(file):
            yield {"question": question, "choices": choices, "answer": LETTERS.index(answer)}


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def prepare(options, work):
    """Data as JSONL, a folder of splits a task; gives lm-eval's config and our arguments by task."""
    tasks = {}
    yamls = pathlib.Path(importlib.util.find_spec("lm_eval").origin).parent / "tasks"
    for subject in SUBJECTS:
        name = f"mmlu_{subject}"
        files = {split: write_rows(work / "data" / name / f"{split}.jsonl", mmlu_rows(options.mmlu, split, subject)) for split in ("test", "dev")}
        config = {**yaml.safe_load((yamls / "mmlu/default/_default_template_yaml").read_text()), **yaml.safe_load((yamls / f"mmlu/default/{name}.yaml").read_text())}
        tasks[name] = (config, files, name)
    rows = [row for subject in ARC_FROM for row in mmlu_rows(options.mmlu, "test", subject)]
    arc = [{"question": r["question"], "choices": {"text": r["choices"], "label": list(LETTERS)}, "answerKey": LETTERS[r["answer"]]} for r in rows[::2]]
    files = {"test": write_rows(work / "data/arc_easy/test.jsonl", arc), "train": write_rows(work / "data/arc_easy/train.jsonl", arc[-10:])}
    tasks["arc_easy"] = (yaml.safe_load((yamls / "arc/arc_easy.yaml").read_text()), files, "arc_easy")
    rows = [json.loads(line) for line in open(options.gsm8k, encoding="utf-8")]
    files = {"test": write_rows(work / "data/gsm8k/test.jsonl", rows[:-10]), "train": write_rows(work / "data/gsm8k/train.jsonl", rows[-10:])}
    config = yaml.safe_load((yamls / "gsm8k/gsm8k.yaml").read_text())
    # GSM8K's examples are random ones: here the first.
    first = {**config, "fewshot_config": {"sampler": "first_n"}}
    (work / "gsm8k.yaml").write_text(yaml.safe_dump(first))
    tasks["gsm8k"] = (first, files, str(work / "gsm8k.yaml"))
    return tasks


def shots(name, options):
    return 0 if name == "arc_easy" else options.shots


def run_ours(tasks, options, work):
    """A run for each number of examples, into OUT/NUMBER; gives the folder of each task and the seconds."""
    folders, seconds = {}, 0.0
    for number in sorted({shots(name, options) for name in tasks}):
        names = [name for name in tasks if shots(name, options) == number]
        out = work / "ours" / str(number)
        shutil.rmtree(out, ignore_errors=True)
        command = [*shlex.split(options.pda), "eval", str(options.model), "--num-fewshot", str(number), "--limit", str(options.limit)]
        for name in names:
            command += ["--task", tasks[name][2], "--data", f"{tasks[name][2]}={work / 'data' / name}"]
        began = time.perf_counter()
        subprocess.run([*command, "--out", str(out), "--json", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        seconds += time.perf_counter() - began
        folders.update({name: out for name in names})
    return folders, seconds


def run_theirs(tasks, options):
    lm = HFLM(pretrained=str(options.model), device="cpu", dtype="float32", batch_size=options.batch_size)
    built = []
    for name, (config, files, _) in tasks.items():
        drop = {key: value for key, value in config.items() if key not in ("dataset_name", "include", "tag", "validation_split")}
        built.append(ConfigurableTask(config={**drop, "dataset_path": "json", "dataset_kwargs": {"data_files": files}, "num_fewshot": shots(name, options)}))
    began = time.perf_counter()
    results = lm_eval.simple_evaluate(lm, tasks=built, limit=options.limit, bootstrap_iters=1, log_samples=True)
    return results, time.perf_counter() - began


def requests_of(sample):
    """(context, continuation or generation settings) in order: theirs are lists or objects, by version."""
    given = sample["arguments"]
    pairs = [given[key] for key in sorted(given)] if isinstance(given, dict) else given
    return [(p["arg_0"], p["arg_1"]) if isinstance(p, dict) else (p[0], p[1]) for p in pairs]


def compare_item(ours, theirs, found):
    where = f"document {ours['doc_id']}, {ours['filter']}"
    pairs = list(zip(requests_of(ours), requests_of(theirs), strict=True))
    generated = isinstance(pairs[0][0][1], dict)
    if any(o[0] != t[0] or (not generated and o[1] != t[1]) for o, t in pairs):
        found["wrong"].append(f"{where}: prompts differ")
    if generated:
        found["answers"].add(ours["doc_id"])
        if ours["resps"] != theirs["resps"]:
            found["differing_answers"] += 1
            found["wrong"].append(f"{where}: answers {ours['resps']!r:.200}, theirs {theirs['resps']!r:.200}")
        if list(ours["filtered_resps"]) != list(theirs["filtered_resps"]):
            found["wrong"].append(f"{where}: filtered {ours['filtered_resps']}, theirs {theirs['filtered_resps']}")
    else:
        for (mine, greedy), (other, other_greedy) in zip(ours["filtered_resps"], theirs["filtered_resps"], strict=True):
            found["likelihoods"] += 1
            found["largest_difference"] = max(found["largest_difference"], abs(mine - float(other)))
            if abs(mine - float(other)) > 1e-3 or greedy != (str(other_greedy) == "True"):
                found["wrong"].append(f"{where}: {mine} {greedy}, theirs {other} {other_greedy}")
    for metric in ours["metrics"]:
        if float(ours[metric]) != float(theirs[metric]):
            found["wrong"].append(f"{where}: {metric} {ours[metric]}, theirs {theirs[metric]}")


def compare(name, folder, results):
    found = {"items": 0, "likelihoods": 0, "answers": set(), "differing_answers": 0, "largest_difference": 0.0, "scores": {}, "wrong": []}
    ours = [json.loads(line) for line in open(folder / f"samples_{name}.jsonl", encoding="utf-8")]
    theirs = {(sample["doc_id"], sample["filter"]): sample for sample in results["samples"][name]}
    found["items"] = len({row["doc_id"] for row in ours})
    if len(ours) != len(theirs):
        found["wrong"].append(f"{len(ours)} samples, theirs {len(theirs)}")
    for row in ours:
        compare_item(row, theirs[(row["doc_id"], row["filter"])], found)
    found["answers"] = len(found["answers"])
    entry, other = json.loads((folder / "results.json").read_text())["results"][name], results["results"][name]
    for key, value in other.items():
        if "," not in key or not isinstance(value, (int, float)):
            continue
        found["scores"][key] = [entry.get(key), value]
        if entry.get(key) is None or abs(entry[key] - value) > 1e-9:
            found["wrong"].append(f"{key}: {entry.get(key)}, theirs {value}")
    return found


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "mmlu", "gsm8k", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--pda", required=True)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--shots", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--window", type=int)
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if options.window is not None:
        model = work / "model"
        shutil.copytree(options.model, model, dirs_exist_ok=True)
        config = json.loads((model / "config.json").read_text())
        (model / "config.json").write_text(json.dumps({**config, "max_position_embeddings": options.window}))
        options.model = model
    tasks = prepare(options, work)
    folders, ours = run_ours(tasks, options, work)
    results, theirs = run_theirs(tasks, options)
    found = {name: compare(name, folders[name], results) for name in tasks}
    wrong = [f"{name}: {line}" for name, one in found.items() for line in one.pop("wrong")]
    print(json.dumps({"lm_eval": lm_eval.__version__, "seconds": {"ours": round(ours, 1), "theirs": round(theirs, 1)}, "tasks": found, "wrong": len(wrong)}, indent=2))
    print("\n".join(wrong[:20]), file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
