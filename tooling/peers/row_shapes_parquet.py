"""Golden for packages/dpo: a row of every shape of preference data, as JSONL and as pyarrow writes it, where a column's absent keys are nulls.

usage: python row_shapes_parquet.py packages/dpo/src/data/__fixtures__/row-shapes
needs: pyarrow==26.0.1

Two rows a file, the second without what the first has beyond the shape.
"""

import json
import pathlib
import sys

import pyarrow
import pyarrow.parquet


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def system(text):
    return message("system", text)


def user(text):
    return message("user", text)


def assistant(text, **more):
    return message("assistant", text, **more)


SEARCH = {"name": "search", "parameters": {"type": "object", "properties": {"query": {"type": "string"}}}}
# Arguments are text in Parquet, which has no column of any shape.
CALL = {"type": "function", "function": {"name": "search", "arguments": json.dumps({"query": "x"})}}
PAIR = {"chosen": [assistant("yes")], "rejected": [assistant("no")]}
WHOLE = {"chosen": [user("Hi"), assistant("yes")], "rejected": [user("Hi"), assistant("no")]}
TEXTS = {"chosen": "yes", "rejected": "no"}
TURNS = {"chosen": {"from": "gpt", "value": "yes"}, "rejected": {"from": "gpt", "value": "no"}}

SHAPES = {
    "explicit": [{"prompt": [system("S"), user("Hi")], **PAIR, "prompt_id": "a"}, {"prompt": [user("Hi")], **PAIR}],
    "explicit-tools": [
        {
            "prompt": [user("Hi")],
            "chosen": [assistant("", tool_calls=[CALL]), message("tool", "found", name="search"), assistant("yes")],
            "rejected": [assistant("no")],
            "tools": json.dumps([{"type": "function", "function": SEARCH}]),
        },
        {"prompt": [user("Hi")], **PAIR},
    ],
    "explicit-template": [
        {"prompt": [user("Hi")], **PAIR, "chat_template_kwargs": {"enable_thinking": False}},
        {"prompt": [user("Hi")], **PAIR},
    ],
    "implicit": [WHOLE, WHOLE],
    "ultrafeedback": [{"prompt": "Hi", **WHOLE, "messages": WHOLE["chosen"], "score_chosen": 8.0}, WHOLE],
    "texts": [{"prompt": "2+2=", "chosen": " 4", "rejected": " 5"}, {"prompt": "1+1=", "chosen": " 2", "rejected": " 3"}],
    "texts-implicit": [{"chosen": "The sky is blue.", "rejected": "The sky is green."}] * 2,
    "alpaca": [
        {"instruction": "Add", "input": "2 2", **TEXTS, "system": "S", "history": [["Q", "A"]]},
        {"instruction": "Hi", "input": "", **TEXTS},
    ],
    "sharegpt": [
        {
            "conversations": [
                {"from": "human", "value": "Hi"},
                {"from": "function_call", "value": json.dumps({"name": "search", "arguments": {"query": "x"}})},
                {"from": "observation", "value": "found"},
            ],
            **TURNS,
            "tools": json.dumps([SEARCH]),
        },
        {"conversations": [{"from": "human", "value": "Hi"}], **TURNS},
    ],
    "messages": [{"messages": [system("S"), user("Hi")], "chosen": assistant("yes"), "rejected": assistant("no")}] * 2,
    "question": [{"system": "S", "question": "Hi", **TEXTS}, {"question": "Hi", **TEXTS}],
    "prompt-pairs": [{"prompt": "Hi", **TEXTS, "system": "S"}, {"prompt": "Hi", **TEXTS, "system": ""}],
    "argilla": [{"instruction": "Hi", "chosen_response": "yes", "rejected_response": "no"}] * 2,
    "nectar": [
        {
            "prompt": "\n\nHuman: Hi \n\nAssistant: ",
            "answers": [{"answer": text, "rank": rank} for text, rank in (("so so", 2.0), ("no", 3.0), ("yes", 1.0))],
        }
    ]
    * 2,
}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in SHAPES.items():
        (out / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        keys = {key: None for row in rows for key in row}
        table = pyarrow.Table.from_pylist([{**keys, **row} for row in rows])
        pyarrow.parquet.write_table(table, out / f"{name}.parquet")


main()
