"""A detector with the form of YOLOv8n at 640x640: SiLU, C2f blocks, and its decode head.

The head yields boxes (centre, width, height in pixels) and the scores of 80 classes for 8400
anchors.
"""

import numpy

from bench.models.layers import BATCH, Network, Value

SIZE = 640
CLASSES = 80
BINS = 16
STRIDES = (8, 16, 32)
# The variance of SiLU(z) is 0.31 for a normal z of variance 1.
SILU_GAIN = 2.9


def _conv_silu(net: Network, name: str, x: Value, channels: int, kernel: int, stride: int = 1,
               gain: float = SILU_GAIN) -> Value:
    x = net.conv(f"{name}.conv", x, channels, kernel, stride=stride, bias=True, gain=gain)
    return net.silu(x, f"{name}.silu")


def _c2f(net: Network, name: str, x: Value, channels: int, blocks: int, shortcut: bool) -> Value:
    half = channels // 2
    parts = net.split(f"{name}.split", _conv_silu(net, f"{name}.in", x, channels, 1), [half, half])
    for block in range(blocks):
        y = _conv_silu(net, f"{name}.{block}.1", parts[-1], half, 3)
        y = _conv_silu(net, f"{name}.{block}.2", y, half, 3)
        parts.append(net.same("Add", f"{name}.{block}.add", parts[-1], y) if shortcut else y)
    return _conv_silu(net, f"{name}.out", net.concat(f"{name}.concat", parts), channels, 1)


def _pyramid_pool(net: Network, name: str, x: Value, channels: int) -> Value:
    parts = [_conv_silu(net, f"{name}.in", x, channels // 2, 1)]
    for step in range(3):
        parts.append(net.max_pool(f"{name}.pool{step}", parts[-1], kernel=5, stride=1, padding=2))
    return _conv_silu(net, f"{name}.out", net.concat(f"{name}.concat", parts), channels, 1)


def _upsample(net: Network, name: str, x: Value) -> Value:
    batch, channels, height, width = x.shape
    scales = net.constant("upsample.scales", [1, 1, 2, 2])
    return net.node("Resize", name, [x, "", scales],
                    (batch, channels, 2 * int(height), 2 * int(width)),
                    coordinate_transformation_mode="asymmetric", mode="nearest",
                    nearest_mode="floor")


def _backbone(net: Network, x: Value) -> tuple[Value, Value, Value]:
    x = _conv_silu(net, "stem", x, 16, 3, 2, gain=3)
    x = _c2f(net, "stage1", _conv_silu(net, "down1", x, 32, 3, 2), 32, 1, True)
    small = _c2f(net, "stage2", _conv_silu(net, "down2", x, 64, 3, 2), 64, 2, True)
    middle = _c2f(net, "stage3", _conv_silu(net, "down3", small, 128, 3, 2), 128, 2, True)
    large = _c2f(net, "stage4", _conv_silu(net, "down4", middle, 256, 3, 2), 256, 1, True)
    return small, middle, _pyramid_pool(net, "pool", large, 256)


def _neck(net: Network, small: Value, middle: Value, large: Value) -> tuple[Value, Value, Value]:
    joined = net.concat("neck1.join", [_upsample(net, "neck1.up", large), middle])
    up_middle = _c2f(net, "neck1", joined, 128, 1, False)
    joined = net.concat("neck2.join", [_upsample(net, "neck2.up", up_middle), small])
    out_small = _c2f(net, "neck2", joined, 64, 1, False)
    down = _conv_silu(net, "neck3.down", out_small, 64, 3, 2)
    out_middle = _c2f(net, "neck3", net.concat("neck3.join", [down, up_middle]), 128, 1, False)
    down = _conv_silu(net, "neck4.down", out_middle, 128, 3, 2)
    joined = net.concat("neck4.join", [down, large])
    return out_small, out_middle, _c2f(net, "neck4", joined, 256, 1, False)


def _branch(net: Network, name: str, x: Value, width: int, channels: int) -> Value:
    x = _conv_silu(net, f"{name}.1", x, width, 3)
    x = _conv_silu(net, f"{name}.2", x, width, 3)
    return net.conv(f"{name}.3", x, channels, 1, bias=True, gain=3)


def _anchors() -> tuple[numpy.ndarray, numpy.ndarray]:
    """Centres of the cells in units of their stride, and the strides."""
    centres, strides = [], []
    for stride in STRIDES:
        cells = SIZE // stride
        axis = numpy.arange(cells, dtype=numpy.float32) + 0.5
        centres.append(numpy.stack([numpy.tile(axis, cells), numpy.repeat(axis, cells)]))
        strides.append(numpy.full((1, cells * cells), stride, numpy.float32))
    return numpy.concatenate(centres, 1)[None], numpy.concatenate(strides, 1)


def _slice_channels(net: Network, name: str, x: Value, start: int, end: int) -> Value:
    bounds = [net.constant(f"{name}.{part}", [value], "int64")
              for part, value in (("start", start), ("end", end), ("axis", 1))]
    return net.node("Slice", name, [x, *bounds], (x.shape[0], end - start, *x.shape[2:]))


def _decode(net: Network, levels: list[Value]) -> Value:
    flat = [net.reshape(f"decode.flat{index}", level, [0, level.channels, -1])
            for index, level in enumerate(levels)]
    flat = [Value(x.name, (BATCH, x.channels, (SIZE // stride) ** 2))
            for x, stride in zip(flat, STRIDES, strict=True)]
    joined = net.concat("decode.levels", flat, axis=2)
    boxes, classes = net.split("decode.split", joined, [4 * BINS, CLASSES])
    anchors = int(joined.shape[2])

    # A distance is the expectation over its 16 bins.
    bins = net.reshape("decode.bins", boxes, [0, 4, BINS, anchors])
    bins = net.transpose("decode.transpose", bins, [0, 2, 1, 3])
    bins = net.same("Softmax", "decode.softmax", bins, axis=1)
    weight = net.parameter("decode.distances.weight",
                           numpy.arange(BINS, dtype=numpy.float32).reshape(1, BINS, 1, 1))
    net.multiply_adds += BINS * 4 * anchors
    distances = net.node("Conv", "decode.distances", [bins, weight], (BATCH, 1, 4, anchors),
                         dilations=[1, 1], group=1, kernel_shape=[1, 1], pads=[0] * 4,
                         strides=[1, 1])
    distances = net.reshape("decode.sides", distances, [0, 4, anchors])

    centres, strides = _anchors()
    grid = net.constant("decode.grid", centres)
    left_top = _slice_channels(net, "decode.left_top", distances, 0, 2)
    right_bottom = _slice_channels(net, "decode.right_bottom", distances, 2, 4)
    low = net.node("Sub", "decode.low", [grid, left_top], left_top.shape)
    high = net.node("Add", "decode.high", [grid, right_bottom], left_top.shape)
    total = net.same("Add", "decode.total", low, high)
    centre = net.same("Div", "decode.centre", total, net.constant("two", 2.0))
    extent = net.same("Sub", "decode.extent", high, low)
    box = net.concat("decode.box", [centre, extent])
    box = net.same("Mul", "decode.pixels", box, net.constant("decode.strides", strides))
    scores = net.same("Sigmoid", "decode.scores", classes)
    return net.concat("detections", [box, scores])


def yolov8n() -> Network:
    net = Network("yolov8n", seed="yolov8n")
    features = _neck(net, *_backbone(net, net.input("image", (BATCH, 3, SIZE, SIZE))))
    levels = []
    for index, x in enumerate(features):
        boxes = _branch(net, f"head{index}.box", x, 64, 4 * BINS)
        classes = _branch(net, f"head{index}.class", x, CLASSES, CLASSES)
        levels.append(net.concat(f"head{index}", [boxes, classes]))
    net.output(_decode(net, levels))
    return net
