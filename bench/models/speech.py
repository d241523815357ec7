"""A recognizer of speech in the form of DeepSpeech: frames of a mel spectrogram, two convolutions
along time, three bidirectional LSTM layers as exporters of PyTorch write them, and letters with
their log probabilities for each second frame. Batch and frames are symbolic.
"""

import math

from bench.models.layers import BATCH, Network, Value

FRAMES = "T"
STEPS = "S"
# What multiplications are counted for: two seconds.
COUNTED_FRAMES = 200

BANDS = 80
CHANNELS = 256
WINDOW = 11
HIDDEN = 256
LAYERS = 3
# Letters, space, apostrophe, and nothing.
LETTERS = 29


def _conv(net: Network, name: str, x: Value, stride: int, frames: int) -> Value:
    """Along time: [batch, channels, frames]. `frames` counts the results."""
    bands = x.channels
    weight = net.weights.balanced(f"{name}.weight", (CHANNELS, bands, WINDOW),
                                  math.sqrt(2 / (bands * WINDOW)), output_axis=0)
    bias = net.weights.spread(f"{name}.bias", [CHANNELS], 0.1)
    net.multiply_adds += frames * CHANNELS * bands * WINDOW
    y = net.node("Conv", name,
                 [x, net.parameter(f"{name}.weight", weight), net.parameter(f"{name}.bias", bias)],
                 (BATCH, CHANNELS, STEPS), dilations=[1], group=1,
                 kernel_shape=[WINDOW], pads=[WINDOW // 2] * 2, strides=[stride])
    return net.node("Clip", f"{name}.clip",
                    [y, net.constant("zero", 0.0), net.constant("twenty", 20.0)], y.shape)


def _zero_state(net: Network, x: Value) -> Value:
    """Zeros [2, batch, HIDDEN] for a sequence [frames, batch, features]."""
    shape = net.node("Shape", "state.shape", [x], (3,))
    batch = net.node("Gather", "state.batch", [shape, net.constant("index1", [1], "int64")], (1,),
                     axis=0)
    target = net.node("Concat", "state.target",
                      [net.constant("state.directions", [2], "int64"), batch,
                       net.constant("state.hidden", [HIDDEN], "int64")], (3,), axis=0)
    return net.node("Expand", "state", [net.constant("state.zero", [[[0.0]]]), target],
                    (2, BATCH, HIDDEN))


def _lstm(net: Network, name: str, x: Value, state: Value, frames: int) -> Value:
    """Both directions, joined: [frames, batch, 2 * HIDDEN]."""
    size = int(x.shape[2])

    def weight(part: str, columns: int) -> str:
        full = f"{name}.{part}"
        return net.parameter(full, net.weights.spread(full, (2, 4 * HIDDEN, columns),
                                                      math.sqrt(1 / columns)))

    bias = net.parameter(f"{name}.bias", net.weights.spread(f"{name}.bias", (2, 8 * HIDDEN), 0.1))
    net.multiply_adds += frames * 2 * 4 * HIDDEN * (size + HIDDEN)
    y = net.node("LSTM", name, [x, weight("input", size), weight("recurrent", HIDDEN), bias, "",
                                state, state],
                 (x.shape[0], 2, BATCH, HIDDEN), direction="bidirectional", hidden_size=HIDDEN)
    y = net.transpose(f"{name}.transpose", y, [0, 2, 1, 3])
    joined = net.reshape(f"{name}.join", y, [0, 0, -1])
    return Value(joined.name, (*y.shape[:2], 2 * HIDDEN))


def speech() -> Network:
    net = Network("speech", seed="speech")
    x = net.transpose("bands", net.input("features", (BATCH, FRAMES, BANDS)), [0, 2, 1])
    steps = COUNTED_FRAMES // 2
    x = _conv(net, "conv1", x, stride=2, frames=steps)
    x = _conv(net, "conv2", x, stride=1, frames=steps)
    x = net.transpose("steps", x, [2, 0, 1])
    state = _zero_state(net, x)
    for layer in range(LAYERS):
        x = _lstm(net, f"lstm{layer}", x, state, steps)
    weight = net.weights.spread("letters.weight", (2 * HIDDEN, LETTERS), math.sqrt(4 / HIDDEN))
    net.multiply_adds += steps * 2 * HIDDEN * LETTERS
    y = net.node("MatMul", "letters.matmul", [x, net.parameter("letters.weight", weight)],
                 (*x.shape[:2], LETTERS))
    bias = net.parameter("letters.bias", net.weights.spread("letters.bias", [LETTERS], 0.1))
    y = net.same("Add", "letters", y, bias)
    net.output(net.same("LogSoftmax", "log_probabilities", y, axis=-1))
    return net
