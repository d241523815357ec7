"""QDQ variants: the form that static quantization writes and ONNX Runtime fuses completely.

Activations are u8 with one scale, weights s8 with a scale for each output channel and zero point 0,
biases i32. Ranges are fixed by the op that computes a tensor, not calibrated: the variants are for
speed, and for engines to be compared with each other. Batch normalization is folded first, in
double precision and elementwise, so that the bytes do not depend on NumPy's version.
"""

import dataclasses
from collections import Counter

import numpy
import onnx
from onnx import helper, numpy_helper

# Range of a tensor by the op that computes it; ops that pass elements on keep their input's.
RANGES = {"Relu": (0.0, 8.0), "Clip": (0.0, 6.0), "Sigmoid": (0.0, 1.0), "Softmax": (0.0, 1.0)}
OTHER_RANGE = (-8.0, 8.0)
PASSING = {"MaxPool", "GlobalAveragePool", "Flatten", "Reshape", "Transpose", "Resize", "Split",
           "Gather"}
# Between an op and the quantization of its result.
ACTIVATIONS = {"Relu", "Clip"}
# The weight's axis with a scale for each channel.
WEIGHT_AXIS = {"Conv": 0, "Gemm": 0, "MatMul": 1}

CONVOLUTIONAL = frozenset({"Conv", "Gemm", "Add", "Concat", "MaxPool", "GlobalAveragePool",
                           "Flatten", "Resize"})
TRANSFORMER = frozenset({"Conv", "Gemm", "MatMul"})


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The ops whose operands and results are quantized, and prefixes of nodes that are left
    alone."""

    ops: frozenset[str]
    keep: tuple[str, ...] = ()

    def takes(self, node: onnx.NodeProto) -> bool:
        return node.op_type in self.ops and not node.name.startswith(self.keep)


def fold_batch_norm(model: onnx.ModelProto) -> None:
    """Folds each BatchNormalization into the Conv before it, which gets a bias."""
    graph = model.graph
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    producers = {node.output[0]: node for node in graph.node}
    norms = [node for node in graph.node if node.op_type == "BatchNormalization"]
    for norm in norms:
        conv = producers[norm.input[0]]
        scale, shift, mean, variance = (
            numpy_helper.to_array(arrays[name]).astype(numpy.float64) for name in norm.input[1:5])
        epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
        factor = scale / numpy.sqrt(variance + epsilon)
        weight = arrays[conv.input[1]]
        folded = numpy_helper.to_array(weight) * factor[:, None, None, None]
        weight.CopyFrom(numpy_helper.from_array(folded.astype(numpy.float32), weight.name))
        bias = (shift - mean * factor).astype(numpy.float32)
        graph.initializer.append(numpy_helper.from_array(bias, f"{conv.name}.bias"))
        conv.input.append(f"{conv.name}.bias")
        conv.output[0] = norm.output[0]
        graph.node.remove(norm)
    _drop_unused(graph)


class _Quantizer:
    """Rewrites the nodes of one graph in order."""

    def __init__(self, graph: onnx.GraphProto, recipe: Recipe):
        self.graph = graph
        self.recipe = recipe
        self.arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.outputs = {output.name for output in graph.output}
        self.readers = Counter(name for node in graph.node for name in node.input)
        self.consumers = {name: node for node in graph.node for name in node.input}
        self.quantized = self._tensors_to_quantize()
        self.ranges: dict[str, tuple[float, float]] = {}
        self.restored: dict[str, str] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.made: set[str] = set()

    def run(self) -> None:
        for value in self.graph.input:
            self.ranges[value.name] = OTHER_RANGE
            if value.name in self.quantized:
                self._quantize_activation(value.name, value.name)
        for node in self.graph.node:
            self._take(node)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        _drop_unused(self.graph)

    def _is_activation(self, name: str) -> bool:
        return bool(name) and name not in self.arrays

    def _tensors_to_quantize(self) -> set[str]:
        names: set[str] = set()
        for node in self.graph.node:
            if not self.recipe.takes(node):
                continue
            names.update(filter(self._is_activation, node.input))
            result = node.output[0]
            after = self.consumers.get(result)
            if self.readers[result] == 1 and after is not None and after.op_type in ACTIVATIONS:
                result = after.output[0]
            names.add(result)
        return names

    def _take(self, node: onnx.NodeProto) -> None:
        passed = self.ranges.get(node.input[0]) if node.op_type in PASSING else None
        for output in node.output:
            self.ranges[output] = passed or RANGES.get(node.op_type, OTHER_RANGE)
        if self.recipe.takes(node) and node.op_type in WEIGHT_AXIS:
            self._quantize_weights(node)
        for index, name in enumerate(node.input):
            node.input[index] = self.restored.get(name, name)
        self.nodes.append(node)
        for index, output in enumerate(node.output):
            if output not in self.quantized:
                continue
            raw = output
            if output in self.outputs:
                raw = node.output[index] = f"{output}.raw"
            self._quantize_activation(output, raw)

    def _quantize_activation(self, name: str, source: str) -> None:
        low, high = self.ranges[name]
        scale = numpy.float32((high - low) / 255)
        zero = numpy.uint8(0 if low == 0 else 128)
        parameters = [self._constant(f"u8.{low:g}.{high:g}.scale", scale),
                      self._constant(f"u8.{low:g}.{high:g}.zero", zero)]
        restored = name if name in self.outputs else f"{name}.dequantized"
        self._pair(name, source, restored, parameters)
        self.restored[name] = restored

    def _pair(self, name: str, source: str, restored: str, parameters: list[str]) -> None:
        stored = f"{name}.quantized"
        self.nodes.append(helper.make_node("QuantizeLinear", [source, *parameters], [stored],
                                           name=stored))
        self.nodes.append(helper.make_node("DequantizeLinear", [stored, *parameters], [restored],
                                           name=f"{name}.dequantized"))

    def _quantize_weights(self, node: onnx.NodeProto) -> None:
        weight = self.arrays.get(node.input[1])
        if weight is None:
            return
        axis = WEIGHT_AXIS[node.op_type]
        others = tuple(a for a in range(weight.ndim) if a != axis)
        scales = (numpy.abs(weight).max(axis=others) / numpy.float32(127)).astype(numpy.float32)
        shape = [-1 if a == axis else 1 for a in range(weight.ndim)]
        stored = numpy.rint(weight / scales.reshape(shape)).astype(numpy.int8)
        self._dequantize(node, 1, stored, scales, axis)
        if len(node.input) > 2:
            low, high = self.ranges[node.input[0]]
            steps = (scales.astype(numpy.float64) * ((high - low) / 255)).astype(numpy.float32)
            bias = self.arrays[node.input[2]]
            self._dequantize(node, 2, numpy.rint(bias / steps).astype(numpy.int32), steps, 0)

    def _dequantize(self, node: onnx.NodeProto, index: int, stored: numpy.ndarray,
                    scales: numpy.ndarray, axis: int) -> None:
        name = node.input[index]
        inputs = [self._constant(f"{name}.stored", stored), self._constant(f"{name}.scale", scales),
                  self._constant(f"{name}.zero", numpy.zeros(scales.shape, stored.dtype))]
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}.dequantized"],
                                           name=f"{name}.dequantized", axis=axis))
        node.input[index] = f"{name}.dequantized"

    def _constant(self, name: str, value: numpy.ndarray | numpy.generic) -> str:
        if name not in self.made:
            self.made.add(name)
            self.graph.initializer.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name


def _drop_unused(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def quantize(model: onnx.ModelProto, recipe: Recipe) -> None:
    """Rewrites a model of bench/models in place."""
    fold_batch_norm(model)
    _Quantizer(model.graph, recipe).run()
    model.graph.name = f"{model.graph.name}_qdq"
