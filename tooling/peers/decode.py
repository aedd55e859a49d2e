"""Times transformers' greedy decoding of a random Qwen3 in float32 and bfloat16, for `pnpm bench:decode --peer`; prints the faster as JSON.

usage: python tooling/peers/decode.py --config '{"hidden_size": ...}' --batch 1 --prompt 128 --tokens 32 [--threads 2]
"""

import argparse
import json
import resource
import time

import torch
import transformers

arguments = argparse.ArgumentParser()
arguments.add_argument("--config", required=True)
for name, default in (("batch", 1), ("prompt", 128), ("tokens", 32), ("threads", 2)):
    arguments.add_argument(f"--{name}", type=int, default=default)
options = arguments.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(0)
config = transformers.Qwen3Config(**json.loads(options.config), max_position_embeddings=4096)


def decode(dtype: torch.dtype) -> dict:
    """Tokens a second: the time of N + 1 new tokens less that of one."""
    model = transformers.Qwen3ForCausalLM(config).to(dtype).eval()
    prompt = torch.randint(0, config.vocab_size, (options.batch, options.prompt))

    def seconds(count: int) -> float:
        started = time.perf_counter()
        with torch.no_grad():
            model.generate(prompt, max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0)
        return time.perf_counter() - started

    seconds(2)
    one = seconds(1)
    many = seconds(options.tokens + 1)
    return {
        "dtype": str(dtype).removeprefix("torch."),
        "tokensPerSecond": options.batch * options.tokens / (many - one),
        "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


results = [decode(dtype) for dtype in (torch.float32, torch.bfloat16)]
fastest = max(results, key=lambda result: result["tokensPerSecond"])
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
print(json.dumps({**fastest, "all": results, "versions": versions}))
