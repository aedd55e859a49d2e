"""Gives an installed @tensorflow/tfjs-node, or -gpu, the libtensorflow and the addon that its own install script could not download.

usage: python libtensorflow.py packages/causal-lm/node_modules/@tensorflow/tfjs-node[-gpu]
needs: Linux x86-64, g++, node, npm and pip with their registries. No Python packages. Disk: 0.6 GB, 3.7 GB with -gpu; twice that while it runs.

The package must be there without its install script having run, and deleted by pnpm for failing: in a fresh clone

    npx pnpm@12.21.0 install --frozen-lockfile --ignore-scripts
    npx pnpm@12.21.0 rebuild node

tfjs-node wants libtensorflow 2.9.1, which only its host serves. TensorFlow's wheels carry the same C API with its headers, since 2.12 in a library
that needs no Python. The addon is two C++ files over Node-API, so that any Node's headers and any libtensorflow 2 do.
Writes deps/ and lib/ into the package, then loads it and multiplies two matrices. With -gpu, CUDA and cuDNN go to deps/nvidia, where libtensorflow
looks for them; the driver is the machine's. docs/tensorflow.md says what was run.
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
NODE_API_HEADERS = "1.9.0"
NODE_API = 8  # the newest that tfjs-node knows
LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]

BUILDS = {
    "@tensorflow/tfjs-node": dict(
        wheel="tensorflow-cpu==2.12.1",
        sha256="d05b8268da5bd87cf43d46da177e3b3ca39f2db0437e56c5e18351db4cde8679",
        cuda=[],
    ),
    # The first with CUDA 12 as wheels; the versions are those of its extra "and-cuda".
    "@tensorflow/tfjs-node-gpu": dict(
        wheel="tensorflow==2.15.1",
        sha256="ea290e435464cf0794f657b48786e5fa413362abe55ed771c172c25980d070ce",
        cuda=[
            "nvidia-cublas-cu12==12.2.5.6",
            "nvidia-cuda-cupti-cu12==12.2.142",
            "nvidia-cuda-nvrtc-cu12==12.2.140",
            "nvidia-cuda-runtime-cu12==12.2.140",
            "nvidia-cudnn-cu12==8.9.4.25",
            "nvidia-cufft-cu12==11.0.8.103",
            "nvidia-curand-cu12==10.3.3.141",
            "nvidia-cusolver-cu12==11.5.2.141",
            "nvidia-cusparse-cu12==12.1.2.141",
            "nvidia-nvjitlink-cu12==12.2.140",
        ],
    ),
}
# The wheel of any Python will do: nothing of it is imported.
TARGET = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.10", "--platform=manylinux2014_x86_64"]

PROOF = """
const util = require("node:util");
util.isNullOrUndefined ??= (x) => x === null || x === undefined; // gone since Node 23
const tf = require(process.argv[1]);
const square = tf.matMul([[1, 2], [3, 4]], [[1, 2], [3, 4]]);
const device = tf.backend().isUsingGpuDevice ? "gpu" : "cpu";
console.log(`node ${process.version}, backend ${tf.getBackend()} (${device}), [[1, 2], [3, 4]] squared: ${square.dataSync()}`);
"""


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def pip(*arguments):
    run(sys.executable, "-m", "pip", *arguments)


def download_wheel(build, folder):
    pip("download", *TARGET, "--dest", folder, build["wheel"])
    (wheel,) = folder.glob("*.whl")
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert digest == build["sha256"], f"{wheel.name}: expected sha256 {build['sha256']}, got {digest}"
    return wheel


def download_node_api_headers(folder):
    run("npm", "pack", "--silent", f"node-api-headers@{NODE_API_HEADERS}", cwd=folder, stdout=subprocess.DEVNULL)
    with tarfile.open(folder / f"node-api-headers-{NODE_API_HEADERS}.tgz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "package/include"


def unpack(wheel, scratch, library_folder):
    with zipfile.ZipFile(wheel) as archive:
        places = ("tensorflow/include/tensorflow/", "tensorflow/include/tsl/")
        archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(places)])
        for library in LIBRARIES:
            with archive.open(f"tensorflow/{library}") as source, (library_folder / library).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return scratch / "tensorflow/include"


def main(package):
    manifest = json.loads((package / "package.json").read_text())
    name, version = manifest["name"], manifest["version"]
    assert name in BUILDS and version == TFJS_NODE, f"{package}: expected {' or '.join(BUILDS)} {TFJS_NODE}, got {name} {version}"
    build = BUILDS[name]

    library_folder = package / "deps/lib"
    addon = package / f"lib/napi-v{NODE_API}/tfjs_binding.node"
    for folder in (library_folder, addon.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        include = unpack(download_wheel(build, scratch), scratch, library_folder)
        run(
            *("g++", "-std=c++17", "-O2", "-shared", "-fPIC", f"-DNAPI_VERSION={NODE_API}"),
            *("-I", download_node_api_headers(scratch), "-I", include),
            *(package / "binding/tfjs_backend.cc", package / "binding/tfjs_binding.cc", "-o", addon),
            *("-L", library_folder, *(f"-l:{library}" for library in LIBRARIES), "-Wl,-rpath,$ORIGIN/../../deps/lib"),
        )
    if build["cuda"]:
        pip("install", *TARGET, "--upgrade", "--target", package / "deps", *build["cuda"])
    run("node", "-e", PROOF, package.resolve())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
