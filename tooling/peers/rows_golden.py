"""Golden for packages/dpo: what TRL makes of rows of preference data, in words and in tokens.

usage: python rows_golden.py packages/causal-lm/src/__fixtures__/tiny-qwen3 packages/dpo/src/__fixtures__
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0 datasets

Writes rows.json: versions, a chat template that renders tools and a variable, and for each row of a shape that TRL reads the row, TRL's
prompt, chosen and rejected, and their ids by DPOTrainer's own preparation.
"""

import copy
import json
import os
import pathlib
import sys
import types

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import datasets
import transformers
import trl
from datasets import Dataset
from transformers import AutoTokenizer
from trl import DPOConfig, DPOTrainer
from trl.data_utils import maybe_convert_to_chatml, maybe_extract_prompt

TEMPLATE = (
    "{% if tools %}<|im_start|>system\n{{ tools | tojson }}<|im_end|>\n{% endif %}"
    "{% if style %}<|im_start|>system\n{{ style }}<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{% if message.tool_calls %}{% for call in message.tool_calls %}[{{ call.function.name }}]{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def said(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name):
    return {"type": "function", "function": {"name": name, "arguments": {"query": "x"}}}


ASKED = [said("user", "2+2?")]
YES, NO = [said("assistant", "four")], [said("assistant", "five")]
TOOLS = [{"type": "function", "function": {"name": "search", "description": "d", "parameters": {"type": "object"}}}]


def rows(eos):
    return {
        "conversation": {"prompt": ASKED, "chosen": YES, "rejected": NO},
        "conversation with a system message": {"prompt": [said("system", "short"), *ASKED], "chosen": YES, "rejected": NO},
        "conversation within": {"chosen": ASKED + YES, "rejected": ASKED + NO},
        "several turns within": {
            "chosen": ASKED + YES + [said("user", "sure?")] + YES,
            "rejected": ASKED + YES + [said("user", "sure?")] + NO,
        },
        "equal conversations": {"chosen": ASKED + YES, "rejected": ASKED + YES},
        "one conversation within the other": {"chosen": ASKED + YES, "rejected": ASKED + YES + [said("user", "sure?")] + NO},
        "calls that differ": {
            "chosen": ASKED + [said("assistant", "", tool_calls=[call("search")])],
            "rejected": ASKED + [said("assistant", "", tool_calls=[call("guess")])],
        },
        "a text beside conversations": {"prompt": "2+2?", "chosen": ASKED + YES, "rejected": ASKED + NO},
        "turns": {
            "prompt": [{"from": "user", "value": "2+2?"}],
            "chosen": [{"from": "assistant", "value": "four"}],
            "rejected": [{"from": "assistant", "value": "five"}],
        },
        "tools": {"prompt": ASKED, "chosen": YES, "rejected": NO, "tools": TOOLS},
        "tools as JSON": {"prompt": ASKED, "chosen": YES, "rejected": NO, "tools": json.dumps(TOOLS)},
        "variables": {"prompt": ASKED, "chosen": YES, "rejected": NO, "chat_template_kwargs": {"style": "loud"}},
        "texts": {"prompt": "The sky is", "chosen": " blue.", "rejected": " green."},
        "texts that end of their own": {"prompt": "The sky is", "chosen": " blue." + eos, "rejected": " green." + eos},
        "texts within": {"chosen": "The sky is blue.", "rejected": "The sky is green."},
        "texts that part in a word": {"chosen": "The sky is blue.", "rejected": "The sky is black."},
        "one text within the other": {"chosen": "The sky is blue", "rejected": "The sky is blue."},
    }


def prepare(row, tokenizer):
    words = maybe_extract_prompt(maybe_convert_to_chatml(copy.deepcopy(row)))
    kept = {name: row[name] for name in ("tools", "chat_template_kwargs") if name in row}
    # A data set of one row: no column is widened by another row's.
    dataset = Dataset.from_list([{**words, **kept}])
    trainer = types.SimpleNamespace(_tokenizer=tokenizer)
    config = DPOConfig(output_dir="unused", max_length=None, bf16=False, gradient_checkpointing=False, report_to=[])
    [ids] = DPOTrainer._prepare_dataset(trainer, dataset, tokenizer, config, "train")
    return {
        "row": row,
        **{name: words[name] for name in ("prompt", "chosen", "rejected")},
        **{name: ids[name] for name in ("prompt_ids", "chosen_ids", "rejected_ids")},
    }


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    versions = {m.__name__: m.__version__ for m in (datasets, transformers, trl)}
    cases = {name: prepare(row, tokenizer) for name, row in rows(tokenizer.eos_token).items()}
    golden = {"versions": versions, "template": TEMPLATE, "cases": cases}
    (out / "rows.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
