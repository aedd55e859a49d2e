"""Fails unless inspect_ai reads logs of ours as its own: lists them, validates each, and finds every score's mean in its samples.

python check_inspect.py FOLDER    (needs inspect_ai; 0.3.285 was used)
"""

import math
import sys

from inspect_ai.log import list_eval_logs, read_eval_log

logs = list_eval_logs(sys.argv[1])
assert logs, f"{sys.argv[1]}: no logs found"
for info in logs:
    log = read_eval_log(info)
    assert log.version == 2 and log.status == "success" and log.samples and log.results, info.name
    assert len(log.samples) == log.results.total_samples == log.eval.dataset.samples
    for score in log.results.scores:
        values = [sample.scores[score.name].as_float() for sample in log.samples]
        assert math.isclose(sum(values) / len(values), score.metrics["mean"].value, abs_tol=1e-9), score.name
    assert all(sample.output.completion is not None and sample.messages for sample in log.samples)
    print(f"{log.eval.task}, {log.eval.model}: {len(log.samples)} samples, {', '.join(score.name for score in log.results.scores)}")
