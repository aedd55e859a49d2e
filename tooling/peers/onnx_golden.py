"""Golden for packages/tfjs-onnx: the bytes the onnx package gives one small model with every attribute type we write.

usage: python onnx_golden.py packages/tfjs-onnx/src/onnx/__fixtures__
needs: onnx==1.19.0
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper


def model():
    node = helper.make_node("Softmax", ["x"], ["t0"], name="t0", axis=-1)
    perm = helper.make_node("Transpose", ["t0"], ["t1"], name="t1", perm=[1, 0])
    product = helper.make_node(
        "FusedMatMul", ["t1", "c0"], ["t2"], name="t2", domain="com.microsoft", transA=1, alpha=0.5
    )
    scatter = helper.make_node("ScatterND", ["t2", "c1", "x"], ["y"], name="y", reduction="add")
    for each in (node, perm, product, scatter):  # the package sorts nothing: keep the order given above
        each.attribute.sort(key=lambda attribute: {"transA": 0, "alpha": 1}.get(attribute.name, 0))
    constants = [
        helper.make_tensor("c0", TensorProto.FLOAT, [2, 2], np.arange(4, dtype="<f4").tobytes(), raw=True),
        helper.make_tensor("c1", TensorProto.INT64, [1, 1], np.array([1], dtype="<i8").tobytes(), raw=True),
    ]
    graph = helper.make_graph(
        [node, perm, product, scatter],
        "traced",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 2])],
        constants,
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    made.opset_import[0].ClearField("domain")
    return made


out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
golden = {"versions": {"onnx": onnx.__version__}, "hex": model().SerializeToString().hex()}
(out / "model.json").write_text(json.dumps(golden, indent=2) + "\n")
