"""Golden of `pda merge --config` with mergekit's YAML: whole models merged by mergekit itself.

PYTHONPATH=MERGEKIT python mergekit_golden.py    writes apps/cli/src/__fixtures__/mergekit.json

MERGEKIT is an unpacked wheel of mergekit 0.1.5 with its dependencies (immutables, click, pydantic, tqdm, accelerate). Each configuration is run on
causal-lm's tiny-qwen3 and two adapters on it that PEFT wrote, of other ranks and target modules; of what every layer moved by, 24 entries are kept.
`{base}`, `{a}` and `{b}` stand for the folders.
"""

import json
import os
import pathlib
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import yaml
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).parents[2]
FIXTURE = ROOT / "apps/cli/src/__fixtures__/mergekit.json"
BASE = ROOT / "packages/causal-lm/src/__fixtures__/tiny-qwen3"
FOLDERS = {"base": BASE, "a": BASE / "adapter", "b": ROOT / "packages/lora/src/__fixtures__/qwen3"}

CASES = {
    "gradients and filters": """
merge_method: task_arithmetic
base_model: "{base}"
models:
  - model: "{base}"
  - model: "{base}+{a}"
    parameters: { weight: [0, 1] }
  - model: "{base}+{b}"
    parameters:
      weight:
        - { filter: self_attn, value: [1, 0.5] }
        - { filter: mlp.up_proj, value: -0.25 }
        - { value: 0.3 }
dtype: float32
""",
    "normalised weights and lambda": """
merge_method: task_arithmetic
base_model: "{base}"
models:
  - model: "{base}+{a}"
    parameters: { weight: 0.4 }
  - model: "{base}+{b}"
    parameters: { weight: [0.2, 1] }
parameters: { normalize: true, lambda: 1.5 }
dtype: float32
""",
    "linear": """
merge_method: linear
models:
  - model: "{base}+{a}"
    parameters: { weight: 0.7 }
  - model: "{base}+{b}"
    parameters: { weight: [0.2, 1] }
dtype: float32
""",
    "ties": """
merge_method: ties
base_model: "{base}"
models:
  - model: "{base}+{a}"
    parameters: { weight: 0.7 }
  - model: "{base}+{b}"
    parameters: { weight: [{ filter: q_proj, value: 0.1 }, { filter: mlp, value: [0.2, 0.9] }, { value: 1 }] }
parameters: { density: 0.4 }
dtype: float32
""",
    "breadcrumbs": """
merge_method: breadcrumbs
base_model: "{base}"
models:
  - model: "{base}+{a}"
    parameters: { weight: 0.7 }
  - model: "{base}+{b}"
    parameters: { weight: 1 }
parameters: { density: 0.6, gamma: 0.05 }
dtype: float32
""",
    "sce": """
merge_method: sce
base_model: "{base}"
models:
  - model: "{base}+{a}"
  - model: "{base}+{b}"
dtype: float32
""",
}

base = load_file(BASE / "model.safetensors")
rng = np.random.default_rng(5)
golden = []
for name, text in CASES.items():
    config = text
    for key, folder in FOLDERS.items():
        config = config.replace("{" + key + "}", str(folder))
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as cache:
        options = MergeOptions(lora_merge_cache=cache, copy_tokenizer=False, quiet=True)
        run_merge(MergeConfiguration.model_validate(yaml.safe_load(config)), out, options=options)
        merged = {key: value for shard in pathlib.Path(out).glob("*.safetensors") for key, value in load_file(shard).items()}
    moved = {}
    for key in sorted(base):
        delta = (merged[key].double() - base[key].double()).flatten().numpy()
        if key.endswith("_proj.weight"):
            places = np.sort(rng.choice(delta.size, 24, replace=False))
            moved[key.removesuffix(".weight")] = {"entries": places.tolist(), "values": [float(f"{x:.8g}") for x in delta[places]]}
        else:
            assert np.abs(delta).max() < 1e-6, key
    golden.append({"name": name, "config": text.lstrip(), "moved": moved})
FIXTURE.write_text(json.dumps({"mergekit": "0.1.5", "cases": golden}) + "\n")
