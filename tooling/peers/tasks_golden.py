"""Golden of @prefdelta/eval's tasks: prompts, requests, filters and marks of lm-evaluation-harness on made-up documents and answers.

python tasks_golden.py    writes packages/eval/src/__fixtures__/tasks.json    (needs lm-eval and torch)

No model is run: likelihoods are random numbers, answers are written here. The tasks are lm-eval's own arc_easy, mmlu, hellaswag, gsm8k, triviaqa, nq_open and mmlu_pro with
local data; examples are the first ones, for its random ones come from Python's generator.
"""

import json
import pathlib
import random
import tempfile

import lm_eval
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml
from lm_eval.tasks.hellaswag import utils as hellaswag

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/eval/src/__fixtures__/tasks.json"
MEAN = {"aggregation": "mean", "higher_is_better": True}

ARC = [
    {"id": "1", "question": "What is a beagle?", "choices": {"text": ["A cat", "A dog that hunts", "Café — naïve"], "label": ["A", "B", "C"]}, "answerKey": "B"},
    {"id": "2", "question": "Which one is 3?\n", "choices": {"text": ["'three'", '"two"', "one\\", "it's \"four\""], "label": ["1", "2", "3", "4"]}, "answerKey": "4"},
    {"id": "3", "question": " Spaced ", "choices": {"text": ["x", "yy"], "label": ["A", "B"]}, "answerKey": "A"},
    {"id": "4", "question": "Last?", "choices": {"text": ["东京", "Paris"], "label": ["A", "B"]}, "answerKey": "B"},
]
MMLU = [{"question": q, "subject": "anatomy", "choices": c, "answer": a} for q, c, a in [
    (" Which bone? ", ["ulna", "tibia", "0", "both"], 1),
    ("Statement 1 | A {{x}} & <b>", ["True, True", "False", "\"q\"", "d"], 2),
    ("Second?", ["a", "b", "c", "d"], 3),
    ("Third?", ["1", "2", "3", "4"], 0),
]]
HELLASWAG = [
    {"ind": 1, "activity_label": "Washing dishes", "ctx_a": "A man [header] stands.", "ctx_b": "he THEN", "endings": ["sits  down.", "[title] How to [step] run.", "a [title] b", "x"], "label": "2"},
    {"ind": 2, "activity_label": "Home", "ctx_a": "Rain falls.", "ctx_b": "", "endings": ["one", "two three", "four", "five"], "label": "0"},
]
GSM = [{"question": q, "answer": a} for q, a in [
    ("How many eggs?", "16 - 3 = <<16-3=13>>13 eggs.\n#### 13"),
    ("What does it cost?", "It costs $1,250.\n#### 1,250"),
    ("Half of 5?", "#### 2.5"),
    ("None?", "There are none.\n#### 0"),
]]
GSM_ANSWERS = ["13 eggs are left.\n#### 13", "It is $1,250.", "#### 2.5.\n", "no number", "so #### 1,250 and then 7", "-3 or 0\nQuestion: next #### 5", "#### 13\n", "$13."]

TRIVIA = [{"question": q, "answer": {"aliases": a}} for q, a in [("Which city", ["Paris", "City of Light"]), ("Who wrote it", ["Le Guin"]), ("How many", ["7", "seven"])]]
NQ = [{"question": q, "answer": a} for q, a in [("who sang it", ["The Band", "Bob"]), ("when was it", ["1999"]), ("where is it", ["in the Alps", "Alps"])]]
SHORT_ANSWERS = [" Paris\nQ: next", "city of light!", " le guin, of course", "7.", "The Band", "band", " 1999 ", "the alps", ""]
PRO = [{"question": q, "options": o, "answer": a, "category": c, "cot_content": t} for q, o, a, c, t in [
    ("Which cell?", [" one ", "two", "three"], "B", "biology", "A: Let's think step by step. Cells are two. The answer is (B)."),
    ("Which law?", ["x", "y"], "A", "law", "A: Let's think step by step. The answer is (A)."),
    ("Which leaf?", [f"leaf {i}" for i in range(12)], "J", "biology", "A: Let's think step by step. The answer is (J)."),
    ("Which root?", ["r", "s"], "A", "biology", "A: Let's think step by step. It is r. The answer is (A)."),
]]
PRO_ANSWERS = ["The answer is (B).", "first the answer is C, then the answer is (J)", "answer is A\nQuestion: the answer is B", "no letter", "The answer is (j)", "the answer is ()"]
TASKS = pathlib.Path(lm_eval.__file__).parent / "tasks"


def config_of(path):
    """lm-eval's own, without what says where its data are."""
    drop = ("task", "dataset_path", "dataset_name", "training_split", "validation_split", "test_split", "fewshot_split", "num_fewshot", "tag", "task_alias")
    return {key: value for key, value in load_yaml(TASKS / path).items() if key not in drop}


ARC_CONFIG = {
    "doc_to_text": "Question: {{question}}\nAnswer:", "doc_to_target": "{{choices.label.index(answerKey)}}", "doc_to_choice": "{{choices.text}}",
    "output_type": "multiple_choice", "metric_list": [{"metric": m, **MEAN} for m in ("acc", "acc_norm")], "metadata": {"version": 1.0},
}
MMLU_CONFIG = {
    "doc_to_text": "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:",
    "doc_to_choice": ["A", "B", "C", "D"], "doc_to_target": "answer", "output_type": "multiple_choice",
    "description": "The following are multiple choice questions (with answers) about anatomy.\n\n", "metric_list": [{"metric": "acc", **MEAN}],
}
HELLASWAG_CONFIG = {
    "process_docs": hellaswag.process_docs, "doc_to_text": "{{query}}", "doc_to_target": "{{label}}", "doc_to_choice": "choices",
    "output_type": "multiple_choice", "metric_list": [{"metric": m, **MEAN} for m in ("acc", "acc_norm")],
}
GSM_CONFIG = {
    "doc_to_text": "Question: {{question}}\nAnswer:", "doc_to_target": "{{answer}}", "output_type": "generate_until",
    "metric_list": [{"metric": "exact_match", **MEAN, "ignore_case": True, "ignore_punctuation": False, "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"]}],
    "generation_kwargs": {"until": ["Question:", "</s>", "<|im_end|>"], "do_sample": False, "temperature": 0.0},
    "filter_list": [
        {"name": "strict-match", "filter": [{"function": "regex", "regex_pattern": "#### (\\-?[0-9\\.\\,]+)"}, {"function": "take_first"}]},
        {"name": "flexible-extract", "filter": [{"function": "regex", "group_select": -1, "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)"}, {"function": "take_first"}]},
    ],
}


def chat(messages, add_generation_prompt=True):
    return "".join(f"<{m['role']}>{m['content']}</>" for m in messages) + "<assistant>"


def build(name, config, docs, shots, folder):
    files = {}
    for split, rows in (("test", docs), ("dev", docs)):
        path = folder / f"{name}-{split}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files[split] = str(path)
    return ConfigurableTask(config={
        "task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": files}, "test_split": "test", "fewshot_split": "dev",
        "num_fewshot": shots, **config, "fewshot_config": {**config.get("fewshot_config", {}), "sampler": "first_n"},
    })


def run(name, config, docs, *, shots, style, folder, answers=GSM_ANSWERS):
    rng = random.Random(name + style)
    task = build(name, config, docs, shots, folder)
    rows = []
    for index, doc in enumerate(task.test_docs()):
        # Examples other than the document itself: here both splits are the same.
        task.fewshot_cfg.split = "test"
        context = task.fewshot_context(doc, shots, apply_chat_template=style != "plain", fewshot_as_multiturn=style == "multiturn", chat_template=chat)
        made = task.construct_requests(doc, context, apply_chat_template=style != "plain", metadata=(name, index, 1))
        instances = made if isinstance(made, list) else [made]
        if task.OUTPUT_TYPE == "multiple_choice":
            likelihoods = [[round(rng.uniform(-9, -1), 3), rng.random() < 0.5] for _ in instances]
            marks = {"none": task.process_results(doc, [tuple(pair) for pair in likelihoods])}
            rows.append({"requests": [list(i.args) for i in instances], "likelihoods": likelihoods, "marks": marks})
            continue
        for answer in answers:
            # lm-eval's models cut the answer at the stop texts.
            cut = answer
            for stop in config["generation_kwargs"]["until"]:
                cut = cut.split(stop)[0]
            instance = instances[0]
            instance.resps, instance.filtered_resps = [cut], {}
            task._instances = [instance]
            task.apply_filters()
            marks = {key: task.process_results(doc, [value]) for key, value in instance.filtered_resps.items()}
            rows.append({"place": index, "context": instance.args[0], "answer": answer, "filtered": dict(instance.filtered_resps), "marks": marks})
    return {"task": name, "builtIn": name, "shots": shots, "style": style, "docs": docs, "rows": rows}


def plain(value):
    return value.item() if hasattr(value, "item") else str(value)


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    runs = [
        run("arc_easy", ARC_CONFIG, ARC, shots=0, style="plain", folder=folder),
        run("arc_easy", ARC_CONFIG, ARC, shots=2, style="plain", folder=folder),
        run("mmlu_anatomy", MMLU_CONFIG, MMLU, shots=3, style="plain", folder=folder),
        run("mmlu_anatomy", MMLU_CONFIG, MMLU, shots=2, style="chat", folder=folder),
        run("mmlu_anatomy", MMLU_CONFIG, MMLU, shots=2, style="multiturn", folder=folder),
        run("hellaswag", HELLASWAG_CONFIG, HELLASWAG, shots=1, style="plain", folder=folder),
        run("gsm8k", GSM_CONFIG, GSM, shots=2, style="plain", folder=folder),
        run("gsm8k", GSM_CONFIG, GSM, shots=1, style="multiturn", folder=folder),
        run("triviaqa", config_of("triviaqa/default.yaml"), TRIVIA, shots=1, style="plain", folder=folder, answers=SHORT_ANSWERS),
        run("nq_open", config_of("nq_open/nq_open.yaml"), NQ, shots=1, style="plain", folder=folder, answers=SHORT_ANSWERS),
        run("mmlu_pro_biology", config_of("mmlu_pro/mmlu_pro_biology.yaml"), PRO, shots=2, style="plain", folder=folder, answers=PRO_ANSWERS),
    ]
golden = {"versions": {"lm_eval": lm_eval.__version__}, "runs": runs}
FIXTURE.write_text(json.dumps(golden, ensure_ascii=False, default=plain) + "\n")
