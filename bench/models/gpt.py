"""A small decoder of text: the next tokens behind a past of any length.

Batch, new tokens and past are open. Keys and values of the past are inputs, those of past and new
tokens outputs; a token sees what is before it. Positions are learned, as in GPT-2; query, key and
value are one projection that is split.
"""

from onnx import TensorProto

from bench.models.layers import BATCH, Network, Value

VOCABULARY = 8192
POSITIONS = 1024
WIDTH = 512
HEADS = 8
LAYERS = 8
EPSILON = 1e-5
NEW = "S"
PAST = "P"
ALL = "T"

SIZE = WIDTH // HEADS


def _lengths(net: Network, ids: Value, past: Value) -> tuple[Value, Value]:
    """Scalars: past tokens, and all."""
    def length(name: str, x: Value, axis: int) -> Value:
        shape = net.node("Shape", f"{name}.shape", [x], (len(x.shape),))
        index = net.constant(f"index{axis}", axis, "int64")
        return net.node("Gather", name, [shape, index], (), axis=0)

    before = length("length.past", past, 2)
    return before, net.node("Add", "length.all", [before, length("length.new", ids, 1)], ())


def _range(net: Network, name: str, start: Value | str, limit: Value, size: str) -> Value:
    return net.node("Range", name, [start, limit, net.constant("index1", 1, "int64")], (size,))


def _mask(net: Network, before: Value, total: Value) -> tuple[Value, Value]:
    """The positions of the new tokens; and 0 where a token sees another, else minus infinity."""
    places = _range(net, "places", before, total, NEW)
    others = _range(net, "others", net.constant("index0", 0, "int64"), total, ALL)
    rows = net.node("Unsqueeze", "mask.rows", [places, net.constant("axis1", [1], "int64")],
                    (NEW, 1))
    seen = net.node("LessOrEqual", "mask.seen", [others, rows], (NEW, ALL))
    bias = net.node("Where", "mask", [seen, net.constant("zero", 0.0),
                                      net.constant("hidden", float("-inf"))], (NEW, ALL))
    return places, bias


def _embed(net: Network, ids: Value, places: Value) -> Value:
    def table(name: str, rows: int) -> str:
        return net.parameter(name, net.weights.spread(name, (rows, WIDTH), 0.5))

    words = net.node("Gather", "embed.words", [table("embed.words.weight", VOCABULARY), ids],
                     (BATCH, NEW, WIDTH))
    order = net.node("Gather", "embed.places", [table("embed.places.weight", POSITIONS), places],
                     (NEW, WIDTH))
    return net.same("Add", "embed", words, order)


def _attention(net: Network, layer: int, x: Value, bias: Value) -> Value:
    name = f"layer{layer}.attention"
    joined = net.linear(f"{name}.qkv", x, 3 * WIDTH)

    def heads(part: str, y: Value) -> Value:
        y = net.reshape(f"{name}.{part}.heads", y, [0, 0, HEADS, SIZE])
        return net.transpose(f"{name}.{part}.transpose", y, [0, 2, 1, 3])

    query, key, value = map(heads, ("query", "key", "value"),
                            net.split(f"{name}.split", joined, [WIDTH] * 3, axis=2))

    def present(part: str, fresh: Value) -> Value:
        past = net.input(f"past.{layer}.{part}", (BATCH, HEADS, PAST, SIZE))
        both = net.node("Concat", f"present.{layer}.{part}", [past, fresh],
                        (BATCH, HEADS, ALL, SIZE), axis=2)
        net.output(both)
        return both

    key = net.transpose(f"{name}.key.columns", present("key", key), [0, 1, 3, 2])
    scores = net.matmul(f"{name}.scores", query, key)
    scores = net.same("Div", f"{name}.scale", scores, net.constant("sqrt_head", 8.0))
    scores = net.same("Add", f"{name}.mask", scores, bias)
    scores = net.same("Softmax", f"{name}.softmax", scores, axis=-1)
    y = net.matmul(f"{name}.context", scores, present("value", value))
    y = net.transpose(f"{name}.transpose", y, [0, 2, 1, 3])
    return net.linear(f"{name}.out", net.reshape(f"{name}.join", y, [0, 0, WIDTH]), WIDTH, gain=0.5)


def _layer(net: Network, layer: int, x: Value, bias: Value) -> Value:
    name = f"layer{layer}"
    x = net.same("Add", f"{name}.add1", x,
                 _attention(net, layer, net.layer_norm(x, f"{name}.norm1", EPSILON), bias))
    y = net.linear(f"{name}.inner", net.layer_norm(x, f"{name}.norm2", EPSILON), 4 * WIDTH)
    y = net.linear(f"{name}.outer", net.gelu(y, f"{name}.gelu"), WIDTH, gain=0.5)
    return net.same("Add", f"{name}.add2", x, y)


def gpt() -> Network:
    net = Network("gpt", seed="gpt")
    ids = net.input("input_ids", (BATCH, NEW), TensorProto.INT64)
    before, total = _lengths(net, ids, Value("past.0.key", (BATCH, HEADS, PAST, SIZE)))
    places, bias = _mask(net, before, total)
    x = _embed(net, ids, places)
    for layer in range(LAYERS):
        x = _layer(net, layer, x, bias)
    x = net.layer_norm(x, "norm", EPSILON)
    net.output(net.linear("logits", x, VOCABULARY))
    return net
