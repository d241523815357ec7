"""What the networks are written with: an ONNX graph in the making, and the layers they share.

Shapes are followed as layers are added, so that parameters and arithmetic can be counted. The
layers have the forms that exporters of PyTorch write; constants are initializers. Opset 17.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from bench.models.weights import Weights

OPSET = 17
IR_VERSION = 8
BATCH = "N"


@dataclasses.dataclass(frozen=True)
class Value:
    """A tensor of the graph. The batch is symbolic and the first dimension where there is one."""

    name: str
    shape: tuple[int | str, ...]

    @property
    def channels(self) -> int:
        return int(self.shape[1])


def _elements(shape: Sequence[int | str]) -> int:
    """Where open dimensions are 1."""
    return math.prod(size for size in shape if isinstance(size, int))


class Network:
    """A graph in the making. Values are named after the node that computes them."""

    def __init__(self, name: str, seed: str):
        self.name = name
        self.weights = Weights(seed)
        self.parameters = 0
        self.multiply_adds = 0
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    # The graph.

    def input(self, name: str, shape: Sequence[int | str],
              element: int = TensorProto.FLOAT) -> Value:
        self._inputs.append(helper.make_tensor_value_info(name, element, shape))
        return Value(name, tuple(shape))

    def output(self, value: Value) -> None:
        self._outputs.append(
            helper.make_tensor_value_info(value.name, TensorProto.FLOAT, value.shape))

    def constant(self, name: str, value: object, kind: str = "float32") -> str:
        """A constant that is no parameter; one name stands for one value."""
        if name not in self._initializers:
            self._initializers[name] = numpy_helper.from_array(numpy.array(value, kind), name)
        return name

    def parameter(self, name: str, value: numpy.ndarray) -> str:
        self.parameters += value.size
        self._initializers[name] = numpy_helper.from_array(value, name)
        return name

    def node(self, op: str, name: str, inputs: Sequence[Value | str], shape: Sequence[int | str],
             **attributes: Any) -> Value:
        """A node with one output, which has the node's name."""
        names = [value.name if isinstance(value, Value) else value for value in inputs]
        self._nodes.append(helper.make_node(op, names, [name], name=name, **attributes))
        return Value(name, tuple(shape))

    def split(self, name: str, x: Value, sizes: Sequence[int], axis: int = 1) -> list[Value]:
        """Outputs are name.0, name.1 …"""
        names = [f"{name}.{index}" for index in range(len(sizes))]
        inputs = [x.name, self.constant(f"{name}.sizes", sizes, "int64")]
        self._nodes.append(helper.make_node("Split", inputs, names, name=name, axis=axis))
        return [Value(part, (*x.shape[:axis], size, *x.shape[axis + 1:]))
                for part, size in zip(names, sizes, strict=True)]

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs,
                                  list(self._initializers.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                                 ir_version=IR_VERSION, producer_name="tenon-bench")

    @property
    def gflop(self) -> float:
        """Arithmetic of convolutions and matrix products where open dimensions are 1; an addition
        counts as one."""
        return 2e-9 * self.multiply_adds

    # Layers without weights.

    def same(self, op: str, name: str, *inputs: Value | str, **attributes: Any) -> Value:
        """An elementwise node whose result has the first input's shape."""
        assert isinstance(inputs[0], Value)
        return self.node(op, name, inputs, inputs[0].shape, **attributes)

    def relu6(self, x: Value, name: str) -> Value:
        return self.same("Clip", name, x, self.constant("zero", 0.0), self.constant("six", 6.0))

    def silu(self, x: Value, name: str) -> Value:
        return self.same("Mul", name, x, self.same("Sigmoid", f"{name}.sigmoid", x))

    def gelu(self, x: Value, name: str) -> Value:
        scaled = self.same("Div", f"{name}.div", x, self.constant("sqrt2", math.sqrt(2)))
        erf = self.same("Erf", f"{name}.erf", scaled)
        shifted = self.same("Add", f"{name}.add", erf, self.constant("one", 1.0))
        product = self.same("Mul", f"{name}.mul", x, shifted)
        return self.same("Mul", name, product, self.constant("half", 0.5))

    def concat(self, name: str, parts: Sequence[Value], axis: int = 1) -> Value:
        shape = list(parts[0].shape)
        shape[axis] = sum(int(part.shape[axis]) for part in parts)
        return self.node("Concat", name, parts, shape, axis=axis)

    def reshape(self, name: str, x: Value, shape: Sequence[int]) -> Value:
        """To a shape of numbers; 0 copies a dimension of x."""
        result = [x.shape[axis] if size == 0 else size for axis, size in enumerate(shape)]
        target = self.constant(f"{name}.shape", shape, "int64")
        return self.node("Reshape", name, [x, target], result)

    def transpose(self, name: str, x: Value, permutation: Sequence[int]) -> Value:
        return self.node("Transpose", name, [x], [x.shape[axis] for axis in permutation],
                         perm=permutation)

    def max_pool(self, name: str, x: Value, kernel: int, stride: int, padding: int) -> Value:
        return self.node("MaxPool", name, [x], self._window(x, x.channels, kernel, stride, padding),
                         kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4)

    def matmul(self, name: str, a: Value, b: Value) -> Value:
        """The product of two activations."""
        shape = (*a.shape[:-1], b.shape[-1])
        self.multiply_adds += _elements(shape) * _elements(a.shape[-1:])
        return self.node("MatMul", name, [a, b], shape)

    # Layers with weights. `gain` is the output's variance in units of the input's mean square.

    def conv(self, name: str, x: Value, channels: int, kernel: int, *, stride: int = 1,
             groups: int = 1, bias: bool = False, padding: int | None = None,
             gain: float = 2.0) -> Value:
        """Padded so that stride 1 keeps the size, if not told otherwise."""
        padding = kernel // 2 if padding is None else padding
        fan_in = x.channels // groups * kernel * kernel
        shape = (channels, x.channels // groups, kernel, kernel)
        deviation = math.sqrt(gain / fan_in)
        # A depthwise filter that sums to 0 would only see edges.
        weight = (self.weights.spread(f"{name}.weight", shape, deviation) if groups == x.channels
                  else self.weights.balanced(f"{name}.weight", shape, deviation, output_axis=0))
        inputs: list[Value | str] = [x, self.parameter(f"{name}.weight", weight)]
        if bias:
            inputs.append(self.parameter(
                f"{name}.bias", self.weights.spread(f"{name}.bias", [channels], 0.1)))
        out = self._window(x, channels, kernel, stride, padding)
        self.multiply_adds += math.prod(int(d) for d in out[1:]) * fan_in
        return self.node("Conv", name, inputs, out, dilations=[1, 1], group=groups,
                         kernel_shape=[kernel] * 2, pads=[padding] * 4, strides=[stride] * 2)

    def conv_transpose2(self, name: str, x: Value, channels: int, gain: float = 2.0) -> Value:
        """Doubles height and width: kernel 2, stride 2, with bias."""
        weight = self.weights.balanced(f"{name}.weight", (x.channels, channels, 2, 2),
                                       math.sqrt(gain / x.channels), output_axis=1)
        bias = self.weights.spread(f"{name}.bias", [channels], 0.1)
        batch, _, height, width = x.shape
        self.multiply_adds += x.channels * channels * 4 * int(height) * int(width)
        return self.node(
            "ConvTranspose", name,
            [x, self.parameter(f"{name}.weight", weight), self.parameter(f"{name}.bias", bias)],
            (batch, channels, 2 * int(height), 2 * int(width)), dilations=[1, 1], group=1,
            kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[2, 2])

    def batch_norm(self, x: Value, name: str, scale: float = 1.0) -> Value:
        """Statistics near mean 0 and variance 1, a scale near the given one."""
        def make(part: str, low: float, high: float) -> str:
            full = f"{name}.{part}"
            return self.parameter(full, self.weights.uniform(full, [x.channels], low, high))

        return self.same("BatchNormalization", name, x,
                         make("weight", 0.8 * scale, 1.2 * scale), make("bias", -0.2, 0.2),
                         make("running_mean", -0.1, 0.1), make("running_var", 0.8, 1.25),
                         epsilon=1e-5)

    def layer_norm(self, x: Value, name: str, epsilon: float) -> Value:
        weight, bias = self._layer_norm_parameters(x, name)
        return self.same("LayerNormalization", name, x, weight, bias, axis=-1, epsilon=epsilon)

    def layer_norm_chain(self, x: Value, name: str, epsilon: float) -> Value:
        """The same from primitives, as exporters wrote it before opset 17."""
        weight, bias = self._layer_norm_parameters(x, name)
        reduced = (*x.shape[:-1], 1)
        mean = self.node("ReduceMean", f"{name}.mean", [x], reduced, axes=[-1], keepdims=1)
        centred = self.same("Sub", f"{name}.sub", x, mean)
        square = self.same("Pow", f"{name}.pow", centred, self.constant("two", 2.0))
        variance = self.node("ReduceMean", f"{name}.var", [square], reduced, axes=[-1], keepdims=1)
        shifted = self.same("Add", f"{name}.eps", variance,
                            self.constant(f"epsilon{epsilon:g}", epsilon))
        deviation = self.same("Sqrt", f"{name}.sqrt", shifted)
        normal = self.same("Div", f"{name}.div", centred, deviation)
        return self.same("Add", name, self.same("Mul", f"{name}.mul", normal, weight), bias)

    def linear(self, name: str, x: Value, features: int, gain: float = 1.0) -> Value:
        """MatMul and Add, as exporters write a linear layer on more than two dimensions."""
        size = int(x.shape[-1])
        weight = self.weights.spread(f"{name}.weight", (size, features), math.sqrt(gain / size))
        bias = self.weights.spread(f"{name}.bias", [features], 0.1)
        shape = (*x.shape[:-1], features)
        self.multiply_adds += _elements(shape) * size
        product = self.node("MatMul", f"{name}.matmul",
                            [x, self.parameter(f"{name}.weight", weight)], shape)
        return self.same("Add", name, product, self.parameter(f"{name}.bias", bias))

    def gemm(self, name: str, x: Value, features: int, gain: float = 1.0) -> Value:
        """A linear layer on a matrix: one Gemm with a transposed weight."""
        size = int(x.shape[1])
        weight = self.weights.balanced(f"{name}.weight", (features, size), math.sqrt(gain / size),
                                       output_axis=0)
        bias = self.weights.spread(f"{name}.bias", [features], 0.1)
        self.multiply_adds += features * size
        return self.node(
            "Gemm", name,
            [x, self.parameter(f"{name}.weight", weight), self.parameter(f"{name}.bias", bias)],
            (x.shape[0], features), alpha=1.0, beta=1.0, transB=1)

    def classifier(self, x: Value, features: int, gain: float) -> Value:
        """Average over height and width, then a linear layer."""
        pooled = self.node("GlobalAveragePool", "pool", [x], (x.shape[0], x.channels, 1, 1))
        flat = self.node("Flatten", "flatten", [pooled], (x.shape[0], x.channels), axis=1)
        return self.gemm("logits", flat, features, gain)

    def _layer_norm_parameters(self, x: Value, name: str) -> tuple[str, str]:
        size = [int(x.shape[-1])]
        weight = self.weights.uniform(f"{name}.weight", size, 0.8, 1.2)
        bias = self.weights.uniform(f"{name}.bias", size, -0.2, 0.2)
        return (self.parameter(f"{name}.weight", weight), self.parameter(f"{name}.bias", bias))

    @staticmethod
    def _window(x: Value, channels: int, kernel: int, stride: int,
                padding: int) -> tuple[int | str, ...]:
        sizes = [(int(size) + 2 * padding - kernel) // stride + 1 for size in x.shape[2:]]
        return (x.shape[0], channels, *sizes)
