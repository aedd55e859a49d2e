"""Time of PEFT's `svd` merge on one layer's modules, printed as a line of JSON; bench/merge.ts calls it.

python tooling/peers/peft_merge.py '{"modules": [{"name", "outFeatures", "inFeatures"}, ...], "adapters": 4, "rank": 64}'
"""

import json
import sys
import time

import peft
import torch

job = json.loads(sys.argv[1])
rank = job["rank"]
torch.manual_seed(1)


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for module in job["modules"]:
            name = module["name"].replace(".", "_")
            setattr(self, name, torch.nn.Linear(module["inFeatures"], module["outFeatures"], bias=False))

    def forward(self, x):
        return x


targets = [module["name"].replace(".", "_") for module in job["modules"]]
# False: B is not zero.
config = peft.LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, init_lora_weights=False)
names = [f"adapter_{i}" for i in range(job["adapters"])]
model = peft.PeftModel(Layer(), config, adapter_name=names[0])
for name in names[1:]:
    model.add_adapter(name, config)
started = time.perf_counter()
model.base_model.add_weighted_adapter(names, [1.0] * len(names), "merged", combination_type="svd", svd_rank=rank)
seconds = time.perf_counter() - started
print(json.dumps({"secondsPerLayer": seconds, "peft": peft.__version__, "torch": torch.__version__}))
