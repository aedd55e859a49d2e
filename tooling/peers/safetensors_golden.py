"""Goldens of @prefdelta/safetensors, made by the Python package (the Rust crate).

python safetensors_golden.py           writes golden.safetensors, one file with every dtype torch can save, odd names, scalars and
                                       empty tensors; and verdicts.json, whole files, broken in one way each, with what the crate
                                       says of them
python safetensors_golden.py --check   reads __fixtures__/ours.safetensors, which this project wrote with every dtype of the format,
                                       and asserts what the crate finds in it

Versions used: safetensors 0.8.0, torch 2.13.0.
"""

import base64
import json
import pathlib
import struct
import sys

import safetensors
import torch
from safetensors.torch import save_file

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/safetensors/src/__fixtures__"


def special_floats() -> torch.Tensor:
    """Values where rounding to 16 bits is easy to get wrong, then ordinary ones. No NaN: torch's vectorised and scalar
    conversions give it different bits."""
    halves = [1.0, 1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-11 + 2**-20, 65504.0, 65519.996, 65520.0, 1e5]
    half_subnormals = [2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-25, 2.0**-26, 1023 * 2.0**-24]
    brains = [1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-23, 3.3895314e38, 3.4e38, 3.4028235e38, 1e-40, 9.2e-41, 1.4e-45]
    values = [0.0, *halves, *half_subnormals, *brains, float("inf")]
    signed = torch.tensor([s * v for v in values for s in (1, -1)], dtype=torch.float32)
    generator = torch.Generator().manual_seed(7)
    normal = torch.randn(400, generator=generator)
    scale = 10.0 ** torch.randint(-9, 9, (400,), generator=generator)
    return torch.cat([signed, normal, normal * scale])


def golden() -> None:
    source = special_floats()
    tensors = {
        "codec.f32": source,
        "codec.f16": source.to(torch.float16),
        "codec.bf16": source.to(torch.bfloat16),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(3, 0, 2),
        "": torch.tensor([1], dtype=torch.uint8),
        "__proto__": torch.tensor([1.0, 2.0]),
        "constructor": torch.tensor([3.0]),
        'quote " back \\ tab \t bell \u0007 del \u007f': torch.tensor([4.0]),
        "\uff01 sorts before": torch.tensor([5.0]),
        "\U0001f600 sorts after": torch.tensor([6.0]),
        "matrix": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    }
    for dtype in ("bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64", "complex64"):
        tensors[f"dtype.{dtype}"] = torch.tensor([1, 0, 1]).to(getattr(torch, dtype))
    for dtype in ("float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz"):
        tensors[f"dtype.{dtype}"] = torch.tensor([1, 2, 3], dtype=torch.uint8).view(getattr(torch, dtype))
    tensors["dtype.float4"] = torch.tensor([1, 2, 3], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    # One key only: the crate writes metadata in hash order.
    save_file(tensors, FIXTURES / "golden.safetensors", metadata={"format": "pt"})


def tensor(dtype="U8", shape="[1]", offsets="[0,1]", extra=""):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{extra}}}'


def file(header, data=b"", length=None) -> bytes:
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def one(*args, data=b"x", **keywords) -> bytes:
    return file(f'{{"a":{tensor(*args, **keywords)}}}', data)


def cases() -> dict[str, bytes]:
    ok = tensor()
    u64 = 2**64 - 1
    nine = tensor(shape="[9]", offsets="[0,9]")
    return {
        "no bytes": b"",
        "seven bytes": b"\x02\0\0\0\0\0\0",
        "length 0": file(""),
        "empty object": file("{}"),
        "empty object, padded": file("{}      "),
        "length at the cap, past the end": file("{}", length=100_000_000),
        "length above the cap": file("{}", length=100_000_001),
        "length 2^64 - 1": file("{}", length=u64),
        "length past the end by one": file("{}", length=3),
        "length cuts the header": file(f'{{"a":{ok}}}', b"x", length=5),
        "leading space": file(f' {{"a":{ok}}}', b"x"),
        "byte-order mark": file(b"\xef\xbb\xbf{}"),
        "array": file("[]"),
        "string": file('"a"'),
        "invalid UTF-8": file(b'{"\xff":' + ok.encode() + b"}", b"x"),
        "overlong UTF-8": file(b'{"\xc0\x80":' + ok.encode() + b"}", b"x"),
        "trailing newline": file("{}\n"),
        "trailing NUL": file("{}\0"),
        "trailing brace": file("{}}"),
        "trailing comma": file(f'{{"a":{ok},}}', b"x"),
        "single quotes": file("{'a':1}"),
        "comment": file("{/* */}"),
        "control character in a name": file(f'{{"a\nb":{ok}}}', b"x"),
        "lone surrogate": file(f'{{"\\ud800":{ok}}}', b"x"),
        "surrogate pair": file(f'{{"\\ud83d\\ude00":{ok}}}', b"x"),
        "unknown escape": file(f'{{"\\x41":{ok}}}', b"x"),
        "NUL in a name": file(f'{{"a\\u0000":{ok}}}', b"x"),
        "empty name": file(f'{{"":{ok}}}', b"x"),
        "__proto__": file(f'{{"__proto__":{ok}}}', b"x"),
        "deep nesting": file('{"__metadata__":' + "[" * 300 + "]" * 300 + "}"),
        "duplicate tensor": file(f'{{"a":{ok},"a":{ok}}}', b"x"),
        "duplicate tensor, one escaped": file(f'{{"a":{ok},"\\u0061":{ok}}}', b"x"),
        "duplicate field": one(extra=',"dtype":"U8"'),
        "duplicate metadata": file('{"__metadata__":{},"__metadata__":{}}'),
        "duplicate metadata key": file('{"__metadata__":{"a":"1","a":"2"}}'),
        "metadata": file('{"__metadata__":{"a":"1","__proto__":"2"}}'),
        "metadata null": file('{"__metadata__":null}'),
        "metadata list": file('{"__metadata__":[]}'),
        "metadata number": file('{"__metadata__":{"a":1}}'),
        "metadata null value": file('{"__metadata__":{"a":null}}'),
        "metadata nested": file('{"__metadata__":{"a":{}}}'),
        "description null": file('{"a":null}'),
        "description number": file('{"a":1}'),
        "description list": file('{"a":["U8",[1],[0,1]]}', b"x"),
        "unknown field": one(extra=',"note":{"x":1}'),
        "no dtype": file('{"a":{"shape":[1],"data_offsets":[0,1]}}', b"x"),
        "no shape": file('{"a":{"dtype":"U8","data_offsets":[0,1]}}', b"x"),
        "no offsets": file('{"a":{"dtype":"U8","shape":[1]}}'),
        "unknown dtype": one("Q8"),
        "lower-case dtype": one("u8"),
        "dtype toString": one("toString"),
        "shape number": one(shape="1"),
        "shape null": one(shape="null"),
        "shape string": one(shape='["1"]'),
        "shape 1.0": one(shape="[1.0]"),
        "shape 1e0": one(shape="[1e0]"),
        "shape -1": one(shape="[-1]"),
        "shape -0": one(shape="[-0]", offsets="[0,0]", data=b""),
        "shape 01": one(shape="[01]"),
        "scalar": one(shape="[]"),
        "empty tensor": one(shape="[2,0]", offsets="[0,0]", data=b""),
        "one offset": one(offsets="[0]"),
        "three offsets": one(offsets="[0,1,1]"),
        "offset 1.0": one(offsets="[0,1.0]"),
        "offset 2^64": one(offsets="[0,18446744073709551616]"),
        "offset 2^53": one(offsets="[0,9007199254740992]"),
        "reversed offsets": one(offsets="[1,0]"),
        "hole first": one(offsets="[1,2]", data=b"xx"),
        "hole between": file(f'{{"a":{ok},"b":{tensor(offsets="[2,3]")}}}', b"xxx"),
        "overlap": file(f'{{"a":{tensor(shape="[2]", offsets="[0,2]")},"b":{tensor(shape="[2]", offsets="[1,3]")}}}', b"xxx"),
        "same bytes twice": file(f'{{"a":{ok},"b":{ok}}}', b"x"),
        "empty tensors at one place": file(
            f'{{"a":{tensor(shape="[0]", offsets="[0,0]")},"b":{ok},"c":{tensor(shape="[0]", offsets="[0,0]")}}}', b"x"
        ),
        "empty tensor inside another": file(
            f'{{"a":{tensor(shape="[2]", offsets="[0,2]")},"b":{tensor(shape="[0]", offsets="[1,1]")}}}', b"xx"
        ),
        "out of order": file(f'{{"b":{tensor(offsets="[1,2]")},"a":{ok}}}', b"xy"),
        "truncated by one": file(f'{{"a":{nine}}}', b"12345678"),
        "no data": file(f'{{"a":{nine}}}'),
        "trailing byte": one(data=b"xx"),
        "trailing bytes, no tensor": file("{}", b"polyglot"),
        "too few bytes for the shape": one(shape="[2]"),
        "too many bytes for the shape": one("U8", "[1]", "[0,2]", data=b"xx"),
        "wrong dtype for the bytes": one("F16"),
        "overflow by one size": one("F32", f"[{u64}]", "[0,0]", data=b""),
        "overflow by product": one("U8", "[4294967296,4294967296]", "[0,0]", data=b""),
        "overflow hidden behind a zero": one("U8", f"[{u64},2,0]", "[0,0]", data=b""),
        "product 2^53 + 1": one("U8", "[9007199254740993]", data=b"x"),
        "F4, whole bytes": one("F4", "[4]", "[0,2]", data=b"xx"),
        "F4, half a byte over": one("F4", "[3]", "[0,2]", data=b"xx"),
        "F6, whole bytes": one("F6_E3M2", "[2,2]", "[0,3]", data=b"xxx"),
        "F6, bits over": one("F6_E2M3", "[3]", "[0,3]", data=b"xxx"),
        "C64": one("C64", "[1]", "[0,8]", data=b"12345678"),
        "F8_E8M0": one("F8_E8M0"),
        "F8_E4M3FNUZ": one("F8_E4M3FNUZ"),
        "NaN": one("F32", "[1]", "[0,4]", data=b"\0\0\xc0\x7f"),
    }


def verdicts() -> None:
    rows = []
    for name, data in cases().items():
        try:
            safetensors.deserialize(data)
            message = None
        except safetensors.SafetensorError as error:
            message = str(error).removeprefix("Error while deserializing: ")
        rows.append({"name": name, "accepted": message is None, "message": message, "base64": base64.b64encode(data).decode()})
    with open(FIXTURES / "verdicts.json", "w") as out:
        json.dump(rows, out, indent=1)
        out.write("\n")


def check() -> None:
    """Each tensor of ours.safetensors is named for its dtype and holds the bytes 0, 1, 2, …"""
    data = (FIXTURES / "ours.safetensors").read_bytes()
    found = dict(safetensors.deserialize(data))
    for name, tensor in found.items():
        assert tensor["dtype"] == name and list(tensor["data"]) == list(range(len(tensor["data"]))), (name, tensor)
        print(f"{name}: {tensor['shape']}, {len(tensor['data'])} bytes")
    with safetensors.safe_open(FIXTURES / "ours.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "quote \"": "\u00fc\u0007"}, file.metadata()
        torch.testing.assert_close(file.get_tensor("BF16").view(torch.uint8), torch.arange(8, dtype=torch.uint8))
    print(f"{len(found)} dtypes of the format, safetensors {safetensors.__version__}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        FIXTURES.mkdir(parents=True, exist_ok=True)
        golden()
        verdicts()
