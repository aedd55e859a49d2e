"""Trains tiny-qwen3 with `pda train --mlflow` against MLflow's own server on this machine and reads the run back with MLflow's own client; fails unless
it has every row of the run's log, every setting, and ended.

usage: python check_mlflow.py --model packages/causal-lm/src/__fixtures__/tiny-qwen3 --pda "node apps/cli/dist/main.js"
needs: mlflow==3.17.2
"""

import argparse
import json
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from mlflow.tracking import MlflowClient

PAIRS = [(f"What is {i} + {i}?", f"It is {2 * i}.", f"I think it is {2 * i + 1}, or so.") for i in range(6)]
SETTINGS = {"max_steps": "3", "per_device_train_batch_size": "2", "eval_strategy": "steps", "eval_steps": "2", "beta": "0.25"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(folder):
    """MLflow's server with its store in the folder, once it answers."""
    port = free_port()
    store = ["--backend-store-uri", f"sqlite:///{folder}/store.db", "--artifacts-destination", f"{folder}/artifacts"]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *store]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1)
            return server, url
        except OSError:
            time.sleep(0.5)
    server.terminate()
    raise SystemExit("mlflow's server does not answer")


def train(pda, model, folder, url):
    pairs, out = folder / "pairs.jsonl", folder / "out"
    rows = [json.dumps({"prompt": prompt, "chosen": chosen, "rejected": rejected}) for prompt, chosen, rejected in PAIRS]
    pairs.write_text("\n".join(rows))
    settings = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    command = [*shlex.split(pda), "train", "--base", model, "--data", pairs, "--eval-data", pairs, "--out", out, "--mlflow", url]
    subprocess.run([*command, *settings], check=True)
    return [json.loads(line) for line in (out / "trainer_log.jsonl").read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--pda", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, url = serve(folder)
        try:
            log = train(args.pda, args.model, folder, url)
            client = MlflowClient(url)
            [run] = client.search_runs([client.get_experiment_by_name("prefdelta").experiment_id])
            assert run.info.status == "FINISHED" and run.info.run_name == "out", run.info
            for setting, value in SETTINGS.items():
                assert run.data.params[setting] == value, f"{setting}: {value}, got {run.data.params.get(setting)}"
            expected = {}
            for row in log:
                for key, value in row.items():
                    if key != "step":
                        expected.setdefault(key, []).append((row["step"], value))
            assert set(run.data.metrics) == set(expected), set(run.data.metrics) ^ set(expected)
            for key, values in expected.items():
                got = [(metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, key)]
                assert sorted(got) == sorted(values), f"{key}: {values}, got {got}"
        finally:
            server.terminate()
            server.wait()
    print(f"{len(log)} rows, {sum(map(len, expected.values()))} values and {len(run.data.params)} params arrived")


if __name__ == "__main__":
    main()
