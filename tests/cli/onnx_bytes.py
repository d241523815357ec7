"""ONNX models as bytes, for tests of the command line: just enough of protobuf's wire format."""

import struct

FLOAT, INT64, BFLOAT16 = 1, 7, 16


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, floats=None, ints=None, external=None):
    """TensorProto; `external` is a location instead of data."""
    out = b"".join(number(1, d) for d in dims)
    out += number(2, FLOAT if ints is None else INT64) + data(8, name)
    if external is not None:
        return out + number(14, 1) + data(13, data(1, "location") + data(2, external))
    raw = struct.pack(f"<{len(floats)}f", *floats) if ints is None else struct.pack(
        f"<{len(ints)}q", *ints)
    return out + data(9, raw)


def value(name, dims, element=FLOAT):
    """ValueInfoProto; a dim is a number or a symbol."""
    shape = b"".join(
        data(1, data(2, d) if isinstance(d, str) else number(1, d)) for d in dims)
    return data(1, name) + data(2, data(1, number(1, element) + data(2, shape)))


def node(op, inputs, outputs, name="", domain=""):
    out = b"".join(data(1, i) for i in inputs) + b"".join(data(2, o) for o in outputs)
    return out + data(3, name) + data(4, op) + data(7, domain)


def model(nodes, inputs, outputs, tensors=(), opset=13, domains=()):
    graph = b"".join(data(1, n) for n in nodes) + data(2, "g")
    graph += b"".join(data(5, t) for t in tensors)
    graph += b"".join(data(11, i) for i in inputs) + b"".join(data(12, o) for o in outputs)
    imports = data(8, data(1, "") + number(2, opset))
    imports += b"".join(data(8, data(1, d) + number(2, 1)) for d in domains)
    return number(1, 8) + data(7, graph) + imports


def small_model():
    """y = Relu(x + w), x: f32[N,3]."""
    return model([node("Add", ["x", "w"], ["t"], "sum"), node("Relu", ["t"], ["y"], "relu")],
                 [value("x", ["N", 3])], [value("y", ["N", 3])],
                 [tensor("w", [3], floats=[1, 2, -3])])
