"""ResNet-50 (stride in the 3x3 convolution), batch normalization not yet folded."""

from bench.models.layers import BATCH, Network, Value

# Blocks and inner width of each stage; a block's output is four times as wide.
STAGES = ((3, 64), (4, 128), (6, 256), (3, 512))
EXPANSION = 4


def _conv_norm(net: Network, name: str, x: Value, channels: int, kernel: int, stride: int = 1,
               scale: float = 1.0) -> Value:
    return net.batch_norm(net.conv(f"{name}.conv", x, channels, kernel, stride=stride),
                          f"{name}.norm", scale)


def _bottleneck(net: Network, name: str, x: Value, width: int, stride: int, first: bool) -> Value:
    y = net.same("Relu", f"{name}.relu1", _conv_norm(net, f"{name}.1", x, width, 1))
    y = net.same("Relu", f"{name}.relu2", _conv_norm(net, f"{name}.2", y, width, 3, stride))
    y = _conv_norm(net, f"{name}.3", y, EXPANSION * width, 1, scale=0.6)
    skip = _conv_norm(net, f"{name}.skip", x, EXPANSION * width, 1, stride, 0.8) if first else x
    return net.same("Relu", f"{name}.relu", net.same("Add", f"{name}.add", y, skip))


def resnet50() -> Network:
    net = Network("resnet50", seed="resnet50")
    x = net.input("image", (BATCH, 3, 224, 224))
    x = net.conv("stem.conv", x, 64, 7, stride=2, gain=3)
    x = net.same("Relu", "stem.relu", net.batch_norm(x, "stem.norm"))
    x = net.max_pool("stem.pool", x, kernel=3, stride=2, padding=1)
    for stage, (blocks, width) in enumerate(STAGES):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            x = _bottleneck(net, f"stage{stage}.block{block}", x, width, stride, first=block == 0)
    net.output(net.classifier(x, 1000, gain=4))
    return net
