"""Golden for packages/dpo: a small event file as TensorBoard's own record writer and protocol buffers make it.

usage: python tooling/peers/tensorboard_golden.py
needs: tensorboard==2.21.0

Writes packages/dpo/src/log/tensorboard/__fixtures__/events.bin. The test makes the same events and expects the same bytes.
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = pathlib.Path("packages/dpo/src/log/tensorboard/__fixtures__/events.bin")
EVENTS = [
    dict(wall_time=1795470000.25, file_version="brain.Event:2"),
    dict(wall_time=1795470001.5, step=1, scalars={"train/loss": 0.6931471805599453, "train/rewards/margins": 0.0}),
    dict(wall_time=1795470002.0, step=300, scalars={"eval/loss": 1e-30, "train/logps/chosen": -123.456}),
    dict(wall_time=1795470003.0, step=2**40, scalars={"train/é": float("inf")}),
]

OUT.parent.mkdir(exist_ok=True)
with OUT.open("wb") as file:
    writer = RecordWriter(file)
    for event in EVENTS:
        scalars = event.pop("scalars", {})
        proto = event_pb2.Event(**event)
        for tag, value in scalars.items():
            proto.summary.value.append(summary_pb2.Summary.Value(tag=tag, simple_value=value))
        writer.write(proto.SerializeToString())
    writer.flush()
    print(OUT.stat().st_size, "bytes")
