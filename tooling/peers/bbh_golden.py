"""Golden of @prefdelta/eval's BIG-Bench Hard: prompts, stop texts, filters and marks of lm-evaluation-harness' 108 tasks on made-up documents and answers.

python bbh_golden.py [--prompts cot-prompts]    writes packages/eval/src/__fixtures__/bbh.json    (needs lm-eval and torch)

No model is run. The tasks' own examples are replaced by made-up ones: BIG-Bench's texts are not to be spread. With --prompts, the authors' folder of that name,
it also fails unless what `readCotPrompts` makes of them (`node --conditions=@prefdelta/source` is called) is what lm-eval's tasks show.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import lm_eval
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

ROOT = pathlib.Path(__file__).parents[2]
FIXTURE = ROOT / "packages/eval/src/__fixtures__/bbh.json"
TASKS = pathlib.Path(lm_eval.__file__).parent / "tasks/bbh"
FORMS = ("cot_fewshot", "fewshot", "cot_zeroshot", "zeroshot")

OPTIONS = "Which one is it?\nOptions:\n(A) the red, big dog\n(B) the red\n(C) It's the cat (small)"
PLAIN = ["", "So the answer is {}. Fine.", "The answer is {}.\nNot {}", "{}", "I think {} or no. The final answer: {}."]
ANSWERS = {
    "option_letter": ("(B)", ["(A)", "(B)", "(c)", "The Red big dog!", "its the cat", "Answer: B", "none: at all", "(A) or (B)"]),
    "number": ("24", ["24", "-3 then 24", "3, 5"]),
    "regex": ("Yes", ["Yes", "no", "True", "False valid", "invalid", "] ) >", "yesterday"]),
    "regex_map": ("no", ["No.", "not plausible", "yes, plausible", "X does not tell the truth", "is telling the truth"]),
    "sorted_words": ("ape bee cat", ["ape bee cat", "cat bee ape: ape, bee, cat", "bees ape cat", "bee"]),
}
# A subtask for each way of reading answers; of the others the prompt alone.
FULL = ("boolean_expressions", "causal_judgement", "formal_fallacies", "dyck_languages", "date_understanding", "object_counting", "sports_understanding", "web_of_lies", "word_sorting")
KINDS = {"MultiChoiceRegexFilter": "option_letter", "NumberParseRegexFilter": "number", "MapRegexFilter": "regex_map", "WordSortFilter": "sorted_words"}


def kind_of(name):
    flexible = load_yaml(TASKS / f"zeroshot/{name}.yaml", resolve_func=True)["filter_list"][1]["filter"][0]["function"]
    return "regex" if isinstance(flexible, str) else KINDS[getattr(flexible, "__name__", str(flexible))]


def document(kind):
    inputs = {"option_letter": OPTIONS, "sorted_words": "Sort these. List: cat ape bee", "number": "2 + 22 =", "regex": "Is it {{so}}?", "regex_map": "Is it plausible?"}
    return {"input": inputs[kind], "target": ANSWERS[kind][0]}


def run(form, name, folder):
    kind = kind_of(name)
    config = load_yaml(TASKS / form / f"{name}.yaml", resolve_func=True)
    doc = document(kind)
    shown = [{"input": f"example {i}?", "cot": f"Because {i}. So the answer is {i}.", "target": str(i)} for i in (1, 2)]
    shots = 2 if "fewshot" in form else 0
    if shots:
        samples = [{"input": one["input"], "target": one["cot" if form == "cot_fewshot" else "target"]} for one in shown]
        config["fewshot_config"] = {"sampler": "first_n", "samples": samples}
    path = folder / "doc.jsonl"
    path.write_text(json.dumps(doc) + "\n")
    config = {key: value for key, value in config.items() if key not in ("dataset_name", "include")}
    task = ConfigurableTask(config={**config, "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(path)}}, "num_fewshot": shots})
    own = next(iter(task.test_docs()))
    context = task.fewshot_context(own, shots)
    made = task.construct_requests(own, context, metadata=(name, 0, 1))
    instance = made[0] if isinstance(made, list) else made
    if name not in (FULL if form.endswith("zeroshot") else FULL[:1]):
        return {"task": f"bbh_{form}_{name}", "doc": doc, "examples": shown if shots else [], "context": context, "rows": []}
    rows = []
    for answer in [one if "{}" not in one else one.replace("{}", said) for said in ANSWERS[kind][1] for one in PLAIN[:: 1 if said == ANSWERS[kind][1][0] else 2]]:
        cut = answer
        for stop in config["generation_kwargs"]["until"]:
            cut = cut.split(stop)[0]
        instance.resps, instance.filtered_resps = [cut], {}
        task._instances = [instance]
        task.apply_filters()
        marks = {key: int(task.process_results(own, [value])["exact_match"]) for key, value in instance.filtered_resps.items()}
        rows.append([answer, dict(instance.filtered_resps), marks])
    return {"task": f"bbh_{form}_{name}", "doc": doc, "examples": shown if shots else [], "context": context, "generation": config["generation_kwargs"], "rows": rows}


def check_prompts(folder, names):
    """What our reader makes of the authors' files is what lm-eval shows."""
    code = 'import { readCotPrompts } from "./packages/eval/src/node.ts"; console.log(JSON.stringify(await readCotPrompts(process.argv[1])));'
    for name in names:
        call = ["node", "--conditions=@prefdelta/source", "--input-type=module", "-e", code, str(folder.resolve() / f"{name}.txt")]
        ours = json.loads(subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        for form, field in (("cot_fewshot", "cot"), ("fewshot", "target")):
            theirs = load_yaml(TASKS / form / f"{name}.yaml", resolve_func=True)["fewshot_config"]["samples"]
            assert [(one["input"], one[field]) for one in ours] == [(one["input"], one["target"]) for one in theirs], (form, name)
    print(f"{len(names)} prompt files are lm-eval's examples")


parser = argparse.ArgumentParser()
parser.add_argument("--prompts", type=pathlib.Path)
options = parser.parse_args()
names = sorted(path.stem for path in (TASKS / "zeroshot").glob("[a-z]*.yaml"))
if options.prompts is not None:
    check_prompts(options.prompts, names)
with tempfile.TemporaryDirectory() as temporary:
    runs = [run(form, name, pathlib.Path(temporary)) for form in FORMS for name in names]
FIXTURE.write_text(json.dumps({"versions": {"lm_eval": lm_eval.__version__}, "runs": runs}, ensure_ascii=False) + "\n")
