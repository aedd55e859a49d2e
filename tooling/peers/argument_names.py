"""Golden for packages/dpo: the names of every argument that people's files of TRL have.

usage: python argument_names.py packages/dpo/src/__fixtures__
needs: torch==2.13.0 transformers==5.18.0 trl==1.13.0

Writes argument-names.json: versions, and the fields of DPOConfig (with transformers' TrainingArguments), of the experimental CPOConfig and
ORPOConfig, and of ModelConfig and ScriptArguments, whose names share a file with them.
"""

import dataclasses
import json
import pathlib
import sys

import transformers
import trl
from trl import DPOConfig, ModelConfig, ScriptArguments
from trl.experimental.cpo import CPOConfig
from trl.experimental.orpo import ORPOConfig


def main():
    [out] = map(pathlib.Path, sys.argv[1:])
    classes = (DPOConfig, CPOConfig, ORPOConfig, ModelConfig, ScriptArguments)
    names = sorted({field.name for one in classes for field in dataclasses.fields(one)})
    versions = {m.__name__: m.__version__ for m in (transformers, trl)}
    (out / "argument-names.json").write_text(json.dumps({"versions": versions, "names": names}) + "\n")


if __name__ == "__main__":
    main()
