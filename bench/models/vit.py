"""ViT-B/16 at 224x224: one projection for query, key and value, taken apart by a Transpose of five
dimensions and Gathers; the class token is expanded to the batch at run time."""

from bench.models.layers import BATCH, Network, Value

PATCH = 16
PATCHES = (224 // PATCH) ** 2
TOKENS = PATCHES + 1
WIDTH = 768
HEADS = 12
LAYERS = 12
EPSILON = 1e-6


def _embed(net: Network, image: Value) -> Value:
    x = net.conv("patch.conv", image, WIDTH, PATCH, stride=PATCH, bias=True, padding=0, gain=3)
    x = Value(net.reshape("patch.flat", x, [0, WIDTH, -1]).name, (BATCH, WIDTH, PATCHES))
    x = net.transpose("patch.transpose", x, [0, 2, 1])
    shape = net.node("Shape", "token.shape", [x], (3,))
    first = net.constant("index0", 0, "int64")
    batch = net.node("Gather", "token.batch", [shape, first], (), axis=0)
    axis = net.constant("axis0", [0], "int64")
    batch = net.node("Unsqueeze", "token.unsqueeze", [batch, axis], (1,))
    rest = net.constant("token.rest", [1, WIDTH], "int64")
    target = net.node("Concat", "token.target", [batch, rest], (3,), axis=0)
    weight = net.parameter("token", net.weights.spread("token", (1, 1, WIDTH), 1.0))
    token = net.node("Expand", "token.expand", [weight, target], (BATCH, 1, WIDTH))
    x = net.node("Concat", "token.concat", [token, x], (BATCH, TOKENS, WIDTH), axis=1)
    places = net.parameter("places", net.weights.spread("places", (1, TOKENS, WIDTH), 0.5))
    return net.same("Add", "places.add", x, places)


def _attention(net: Network, name: str, x: Value) -> Value:
    size = WIDTH // HEADS
    joined = net.linear(f"{name}.qkv", x, 3 * WIDTH)
    joined = net.reshape(f"{name}.qkv.heads", joined, [0, TOKENS, 3, HEADS, size])
    joined = net.transpose(f"{name}.qkv.transpose", joined, [2, 0, 3, 1, 4])

    def part(which: str, index: int) -> Value:
        number = net.constant(f"index{index}", index, "int64")
        return net.node("Gather", f"{name}.{which}", [joined, number], joined.shape[1:], axis=0)

    query, key, value = part("query", 0), part("key", 1), part("value", 2)
    query = net.same("Mul", f"{name}.scale", query, net.constant("head_scale", size ** -0.5))
    scores = net.matmul(f"{name}.scores", query,
                        net.transpose(f"{name}.key.transpose", key, [0, 1, 3, 2]))
    scores = net.same("Softmax", f"{name}.softmax", scores, axis=-1)
    y = net.matmul(f"{name}.context", scores, value)
    y = net.transpose(f"{name}.transpose", y, [0, 2, 1, 3])
    y = net.reshape(f"{name}.join", y, [0, TOKENS, WIDTH])
    return net.linear(f"{name}.out", y, WIDTH, gain=0.5)


def _layer(net: Network, name: str, x: Value) -> Value:
    y = _attention(net, f"{name}.attention", net.layer_norm(x, f"{name}.norm1", EPSILON))
    x = net.same("Add", f"{name}.add1", x, y)
    y = net.linear(f"{name}.inner", net.layer_norm(x, f"{name}.norm2", EPSILON), 4 * WIDTH)
    y = net.linear(f"{name}.outer", net.gelu(y, f"{name}.gelu"), WIDTH, gain=0.5)
    return net.same("Add", f"{name}.add2", x, y)


def vit() -> Network:
    net = Network("vit", seed="vit")
    x = _embed(net, net.input("image", (BATCH, 3, 224, 224)))
    for layer in range(LAYERS):
        x = _layer(net, f"layer{layer}", x)
    x = net.layer_norm(x, "norm", EPSILON)
    x = net.node("Gather", "first", [x, net.constant("index0", 0, "int64")], (BATCH, WIDTH), axis=1)
    net.output(net.gemm("logits", x, 1000))
    return net
