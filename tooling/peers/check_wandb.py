"""Uploads a run of ours with `wandb sync` to a stand-in server on this machine; fails unless it got every row of the run's log.

usage: python check_wandb.py RUNS/offline-run-TIME-ID TRAINER_LOG.jsonl
needs: wandb==0.31.0

The server answers the few queries that `wandb sync` asks and keeps the history that it is sent. Nothing leaves the machine.
"""

import gzip
import http.server
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading


def answer(query):
    bucket = dict(id="b", name="run", displayName="run", description="", config="{}", sweepName=None, historyLineCount=0)
    bucket["project"] = {"id": "p", "name": "project", "entity": {"id": "e", "name": "me"}}
    known = {
        "upsertBucket": {"bucket": bucket, "inserted": True},
        "createRunFiles": {"runID": "run", "uploadHeaders": [], "files": []},
        "viewer": {"id": "1", "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}},
        "serverInfo": {"cliVersionInfo": {"max_cli_version": "0.99.0"}, "latestLocalVersionInfo": None, "features": []},
    }
    return {name: value for name, value in known.items() if name in query}


class StandIn(http.server.BaseHTTPRequestHandler):
    history = []

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        sent = json.loads(body)
        for name, part in sent.get("files", {}).items():
            if name == "wandb-history.jsonl":
                self.history[part["offset"] :] = [json.loads(line) for line in part["content"]]
        out = {} if self.path.endswith("/file_stream") else {"data": answer(sent["query"])}
        data = json.dumps(out).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def tagged(row):
    split = {(f"eval/{name[5:]}" if name.startswith("eval_") else f"train/{name}"): value for name, value in row.items()}
    del split["train/step"]
    return split


def main():
    run, log = map(pathlib.Path, sys.argv[1:])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings = {"WANDB_BASE_URL": address, "WANDB_API_KEY": "0" * 40, "WANDB_ERROR_REPORTING": "false"}
    wandb = pathlib.Path(sys.executable).parent / "wandb"
    with tempfile.TemporaryDirectory() as folder:  # wandb keeps a log where it runs
        subprocess.run([wandb, "sync", run.resolve()], cwd=folder, env={**os.environ, **settings}, check=True, timeout=120)
    expected = {}
    for line in log.read_text().splitlines():
        row = json.loads(line)
        expected.setdefault(row["step"], {}).update(tagged(row))
    got = {row["_step"]: row for row in StandIn.history}
    assert list(got) == list(expected), f"steps: expected {list(expected)}, got {list(got)}"
    for step, values in expected.items():
        for name, value in values.items():
            assert math.isclose(got[step][name], value, rel_tol=1e-12), f"step {step}, {name}: {value}, got {got[step]}"
    print(f"{len(expected)} steps, {sum(map(len, expected.values()))} values arrived")


if __name__ == "__main__":
    main()
