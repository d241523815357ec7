"""MobileNetV2: inverted residuals with depthwise convolutions, batch normalization not folded."""

from bench.models.layers import BATCH, Network, Value

# Expansion, output channels, blocks, stride of the first block.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
          (6, 160, 3, 2), (6, 320, 1, 1))


def _conv_norm_clip(net: Network, name: str, x: Value, channels: int, kernel: int, *,
                    stride: int = 1, groups: int = 1, gain: float = 2.0) -> Value:
    x = net.conv(f"{name}.conv", x, channels, kernel, stride=stride, groups=groups, gain=gain)
    return net.relu6(net.batch_norm(x, f"{name}.norm"), f"{name}.clip")


def _inverted_residual(net: Network, name: str, x: Value, channels: int, expansion: int,
                       stride: int) -> Value:
    y = x
    if expansion > 1:
        y = _conv_norm_clip(net, f"{name}.expand", y, expansion * x.channels, 1, gain=1)
    y = _conv_norm_clip(net, f"{name}.depthwise", y, y.channels, 3, stride=stride,
                        groups=y.channels)
    y = net.conv(f"{name}.project.conv", y, channels, 1)
    y = net.batch_norm(y, f"{name}.project.norm", scale=0.9)
    if stride == 1 and channels == x.channels:
        return net.same("Add", f"{name}.add", x, y)
    return y


def mobilenetv2() -> Network:
    net = Network("mobilenetv2", seed="mobilenetv2")
    x = net.input("image", (BATCH, 3, 224, 224))
    x = _conv_norm_clip(net, "stem", x, 32, 3, stride=2, gain=3)
    for stage, (expansion, channels, blocks, first_stride) in enumerate(STAGES):
        for block in range(blocks):
            x = _inverted_residual(net, f"stage{stage}.block{block}", x, channels, expansion,
                                   first_stride if block == 0 else 1)
    x = _conv_norm_clip(net, "head", x, 1280, 1)
    net.output(net.classifier(x, 1000, gain=4))
    return net
