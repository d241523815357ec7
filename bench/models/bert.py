"""BERT-base at sequence length 128, as exporters of PyTorch write it.

Attention and GELU are chains of primitives; so is layer normalization, or it is one operator
(bert_ln). Both forms have the same weights.
"""

from collections.abc import Callable

from onnx import TensorProto

from bench.models.layers import BATCH, Network, Value

SEQUENCE = 128
VOCABULARY = 30522
POSITIONS = 512
WIDTH = 768
HEADS = 12
LAYERS = 12
EPSILON = 1e-12

Norm = Callable[[Value, str, float], Value]


def _embed(net: Network, norm: Norm, ids: Value, types: Value) -> Value:
    def table(name: str, rows: int) -> str:
        return net.parameter(name, net.weights.spread(name, (rows, WIDTH), 0.5))

    shape = (BATCH, SEQUENCE, WIDTH)
    words = net.node("Gather", "embed.words", [table("embed.words.weight", VOCABULARY), ids], shape)
    kinds = net.node("Gather", "embed.types", [table("embed.types.weight", 2), types], shape)
    order = net.constant("embed.order", [list(range(SEQUENCE))], "int64")
    places = net.node("Gather", "embed.places", [table("embed.places.weight", POSITIONS), order],
                      (1, SEQUENCE, WIDTH))
    x = net.same("Add", "embed.add1", words, kinds)
    return norm(net.same("Add", "embed.add2", x, places), "embed.norm", EPSILON)


def _mask_bias(net: Network, mask: Value) -> Value:
    """0 where the mask is 1, a large negative number where it is 0."""
    x = net.node("Unsqueeze", "mask.heads", [mask, net.constant("axis1", [1], "int64")],
                 (BATCH, 1, SEQUENCE))
    x = net.node("Unsqueeze", "mask.rows", [x, net.constant("axis2", [2], "int64")],
                 (BATCH, 1, 1, SEQUENCE))
    x = net.same("Cast", "mask.cast", x, to=TensorProto.FLOAT)
    x = net.node("Sub", "mask.invert", [net.constant("one", 1.0), x], x.shape)
    return net.same("Mul", "mask.bias", x, net.constant("mask.low", -10000.0))


def _attention(net: Network, name: str, x: Value, bias: Value) -> Value:
    def heads(part: str, permutation: list[int]) -> Value:
        y = net.linear(f"{name}.{part}", x, WIDTH)
        y = net.reshape(f"{name}.{part}.heads", y, [0, SEQUENCE, HEADS, WIDTH // HEADS])
        return net.transpose(f"{name}.{part}.transpose", y, permutation)

    query = heads("query", [0, 2, 1, 3])
    key = heads("key", [0, 2, 3, 1])
    value = heads("value", [0, 2, 1, 3])
    scores = net.matmul(f"{name}.scores", query, key)
    scores = net.same("Div", f"{name}.scale", scores, net.constant("sqrt_head", 8.0))
    scores = net.same("Add", f"{name}.mask", scores, bias)
    scores = net.same("Softmax", f"{name}.softmax", scores, axis=-1)
    y = net.matmul(f"{name}.context", scores, value)
    y = net.transpose(f"{name}.transpose", y, [0, 2, 1, 3])
    y = net.reshape(f"{name}.join", y, [0, SEQUENCE, WIDTH])
    # Small, or all tokens would become alike: a context is nearly the average over the sequence.
    return net.linear(f"{name}.out", y, WIDTH, gain=0.25)


def _layer(net: Network, norm: Norm, name: str, x: Value, bias: Value) -> Value:
    y = _attention(net, f"{name}.attention", x, bias)
    x = norm(net.same("Add", f"{name}.add1", y, x), f"{name}.norm1", EPSILON)
    y = net.gelu(net.linear(f"{name}.inner", x, 4 * WIDTH), f"{name}.gelu")
    y = net.linear(f"{name}.outer", y, WIDTH, gain=2)
    return norm(net.same("Add", f"{name}.add2", y, x), f"{name}.norm2", EPSILON)


def _bert(name: str, chain: bool) -> Network:
    net = Network(name, seed="bert")
    norm = net.layer_norm_chain if chain else net.layer_norm
    ids, mask, types = (net.input(part, (BATCH, SEQUENCE), TensorProto.INT64)
                        for part in ("input_ids", "attention_mask", "token_type_ids"))
    x = _embed(net, norm, ids, types)
    bias = _mask_bias(net, mask)
    for layer in range(LAYERS):
        x = _layer(net, norm, f"layer{layer}", x, bias)
    first = net.node("Gather", "pooler.first", [x, net.constant("index0", 0, "int64")],
                     (BATCH, WIDTH), axis=1)
    net.output(x)
    net.output(net.same("Tanh", "pooled", net.gemm("pooler", first, WIDTH)))
    return net


def bert() -> Network:
    return _bert("bert", chain=True)


def bert_ln() -> Network:
    return _bert("bert_ln", chain=False)
