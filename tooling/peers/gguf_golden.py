"""Goldens of @prefdelta/lora's GGUF export, written by gguf-py from the adapters in packages/lora/src/__fixtures__.

python gguf_golden.py           writes __fixtures__/gguf/{qwen3,llama-f16}.gguf

Keys, their order, names of tensors (gguf-py's own map) and the permutation of a Llama's queries and keys are those of llama.cpp's
convert_lora_to_gguf.py and convert_hf_to_gguf.py; this file is written from what they do and holds none of their code.

Versions used: gguf 0.19.0, safetensors 0.8.0, numpy 2.
"""

import json
import pathlib

import gguf
import numpy
from safetensors.numpy import load_file

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/lora/src/__fixtures__"


def write(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def interleaved(rows: numpy.ndarray, heads: int) -> numpy.ndarray:
    out, rank = rows.shape
    return rows.reshape(heads, 2, out // heads // 2, rank).swapaxes(1, 2).reshape(out, rank)


def adapter(name: str, arch: gguf.MODEL_ARCH, dtype, heads: dict[str, int]) -> None:
    """The portable adapter of tiny-qwen3; as a Llama's it means nothing, and shows the order of rows."""
    source = load_file(FIXTURES / "qwen3-portable/adapter_model.safetensors")
    rank = json.loads((FIXTURES / "qwen3-portable/adapter_config.json").read_text())["r"]
    names = gguf.get_tensor_name_map(arch, 2)
    (FIXTURES / "gguf").mkdir(exist_ok=True)
    writer = gguf.GGUFWriter(FIXTURES / f"gguf/{name}.gguf", gguf.MODEL_ARCH_NAMES[arch])
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_name("tiny")
    writer.add_file_type({numpy.float32: gguf.LlamaFileType.ALL_F32, numpy.float16: gguf.LlamaFileType.MOSTLY_F16}[dtype])
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, rank)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for path in sorted({key.removeprefix("base_model.model.").rsplit(".lora_", 1)[0] for key in source}):
        target = names.get_name(path)
        factors = {factor: source[f"base_model.model.{path}.lora_{factor}.weight"] for factor in "AB"}
        module = path.rsplit(".", 1)[1]
        if module in heads:
            factors["B"] = interleaved(factors["B"], heads[module])
        for factor, values in factors.items():
            writer.add_tensor(f"{target}.weight.lora_{factor.lower()}", numpy.ascontiguousarray(values.astype(dtype)))
    write(writer)


if __name__ == "__main__":
    adapter("qwen3", gguf.MODEL_ARCH.QWEN3, numpy.float32, {})
    adapter("llama-f16", gguf.MODEL_ARCH.LLAMA, numpy.float16, {"q_proj": 4, "k_proj": 2})
