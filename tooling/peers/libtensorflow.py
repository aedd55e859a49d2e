"""Gives an installed @tensorflow/tfjs-node the libtensorflow and the addon that its own install script could not download.

usage: python libtensorflow.py packages/causal-lm/node_modules/@tensorflow/tfjs-node
needs: Linux x86-64, g++, node, npm and pip with their registries; 1.5 GB of disk while it runs, 0.6 GB after. No Python packages.

The package must be there without its install script having run, and deleted by pnpm for failing: in a fresh clone

    npx pnpm@12.21.0 install --frozen-lockfile --ignore-scripts
    npx pnpm@12.21.0 rebuild node

tfjs-node wants libtensorflow 2.9.1, which only its host serves. The wheel of tensorflow-cpu carries the same C API with its headers, since 2.12 in
a library that needs no Python. The addon is two C++ files over Node-API, so that any Node's headers and any libtensorflow 2 do.
Writes deps/lib/ and lib/napi-v8/ into the package, then loads it and multiplies two matrices. The CPU only; docs/tensorflow.md has the rest.
"""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

TFJS_NODE = "4.22.0"
TENSORFLOW = "2.12.1"
WHEEL_SHA256 = "d05b8268da5bd87cf43d46da177e3b3ca39f2db0437e56c5e18351db4cde8679"
NODE_API_HEADERS = "1.9.0"
NODE_API = 8  # the newest that tfjs-node knows
LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]

PROOF = """
const util = require("node:util");
util.isNullOrUndefined ??= (x) => x === null || x === undefined; // gone since Node 23
const tf = require(process.argv[1]);
const square = tf.matMul([[1, 2], [3, 4]], [[1, 2], [3, 4]]);
console.log(`node ${process.version}, backend ${tf.getBackend()}, [[1, 2], [3, 4]] squared: ${square.dataSync()}`);
"""


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def download_wheel(folder):
    # The wheel of any Python will do: nothing of it is imported.
    target = ["--no-deps", "--only-binary=:all:", "--python-version=3.10", "--platform=manylinux2014_x86_64"]
    run(sys.executable, "-m", "pip", "download", "--quiet", *target, "--dest", folder, f"tensorflow-cpu=={TENSORFLOW}")
    (wheel,) = folder.glob("*.whl")
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert digest == WHEEL_SHA256, f"{wheel.name}: expected sha256 {WHEEL_SHA256}, got {digest}"
    return wheel


def download_node_api_headers(folder):
    run("npm", "pack", "--silent", f"node-api-headers@{NODE_API_HEADERS}", cwd=folder, stdout=subprocess.DEVNULL)
    with tarfile.open(folder / f"node-api-headers-{NODE_API_HEADERS}.tgz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "package/include"


def unpack(wheel, scratch, library_folder):
    with zipfile.ZipFile(wheel) as archive:
        headers = [name for name in archive.namelist() if name.startswith("tensorflow/include/tensorflow/")]
        archive.extractall(scratch, headers)
        for library in LIBRARIES:
            with archive.open(f"tensorflow/{library}") as source, (library_folder / library).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return scratch / "tensorflow/include"


def main(package):
    manifest = json.loads((package / "package.json").read_text())
    expected, got = ("@tensorflow/tfjs-node", TFJS_NODE), (manifest["name"], manifest["version"])
    assert got == expected, f"{package}: expected {'@'.join(expected)}, got {'@'.join(got)}"

    library_folder = package / "deps/lib"
    addon = package / f"lib/napi-v{NODE_API}/tfjs_binding.node"
    for folder in (library_folder, addon.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        include = unpack(download_wheel(scratch), scratch, library_folder)
        run(
            *("g++", "-std=c++17", "-O2", "-shared", "-fPIC", f"-DNAPI_VERSION={NODE_API}"),
            *("-I", download_node_api_headers(scratch), "-I", include),
            *(package / "binding/tfjs_backend.cc", package / "binding/tfjs_binding.cc", "-o", addon),
            *("-L", library_folder, *(f"-l:{library}" for library in LIBRARIES), "-Wl,-rpath,$ORIGIN/../../deps/lib"),
        )
    run("node", "-e", PROOF, package.resolve())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
