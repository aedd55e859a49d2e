"""Golden for packages/dpo: a W&B run file, its records by wandb's own protobuf classes.

usage: python wandb_golden.py packages/dpo/src/log/wandb/__fixtures__
needs: wandb==0.31.0

Writes run.wandb as the test's writer is told to: a run whose config has a text longer than a block, two steps of which the second has an
evaluation, the end. Framing is LevelDB's log format, written here from its description.
"""

import json
import pathlib
import struct
import sys
import zlib

from wandb.proto import wandb_internal_pb2 as pb

BLOCK = 32768


def frame(record, at):
    out, start = b"", 0
    while True:
        left = BLOCK - (at + len(out)) % BLOCK
        if left < 7:
            out += bytes(left)
            continue
        piece = record[start : start + left - 7]
        end = start + len(piece)
        kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[start == 0, end == len(record)]
        out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + piece), len(piece), kind) + piece
        start = end
        if start == len(record):
            return out


def fill(items, name, values):
    for key, value in values.items():
        item = items.add(value_json=json.dumps(value, separators=(",", ":")))
        getattr(item, name).append(key) if name == "nested_key" else setattr(item, name, key)


def main():
    [out] = map(pathlib.Path, sys.argv[1:])
    header, run = pb.Record(), pb.Record()
    header.header.version_info.producer = "prefdelta"
    run.run.run_id, run.run.project, run.run.display_name = "abc12345", "sums", "first"
    fill(run.run.config.update, "key", {"beta": 5, "loss_type": ["sigmoid", "sft"], "note": "x" * 40000, "max_length": None})
    run.run.start_time.seconds, run.run.start_time.nanos = 1795470000, 250_000_000
    records = [header, run]
    steps = [
        (1, {"train/loss": 0.5, "train/rewards/margins": -1, "_timestamp": 1795470001.5, "_runtime": 1.25}),
        (2, {"train/loss": 0.25, "eval/loss": 0.125, "_timestamp": 1795470004, "_runtime": 3.75}),
    ]
    for step, values in steps:
        summary, history = pb.Record(), pb.Record()
        fill(summary.summary.update, "nested_key", {**values, "_step": step})
        fill(history.history.item, "nested_key", {**values, "_step": step})
        history.history.step.num = step
        records += [summary, history]
    end = pb.Record()
    end.exit.runtime = 5
    records.append(end)
    data = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
    for num, record in enumerate(records, 1):
        record.num = num
        data += frame(record.SerializeToString(deterministic=True), len(data))
    out.mkdir(parents=True, exist_ok=True)
    (out / "run.wandb").write_bytes(data)


if __name__ == "__main__":
    main()
