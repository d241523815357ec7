"""UNet for 256x256 pictures: four levels, doubled convolutions, transposed convolutions up; one
mask a class."""

from bench.models.layers import BATCH, Network, Value

WIDTHS = (32, 64, 128, 256)
BOTTOM = 512
CLASSES = 3


def _double_conv(net: Network, name: str, x: Value, channels: int, gain: float = 2.0) -> Value:
    for step in (1, 2):
        x = net.conv(f"{name}.conv{step}", x, channels, 3, gain=gain if step == 1 else 2.0)
        x = net.same("Relu", f"{name}.relu{step}", net.batch_norm(x, f"{name}.norm{step}"))
    return x


def unet() -> Network:
    net = Network("unet", seed="unet")
    x = net.input("image", (BATCH, 3, 256, 256))
    skips = []
    for level, width in enumerate(WIDTHS):
        skips.append(_double_conv(net, f"down{level}", x, width, gain=3 if level == 0 else 2))
        x = net.max_pool(f"down{level}.pool", skips[-1], kernel=2, stride=2, padding=0)
    x = _double_conv(net, "bottom", x, BOTTOM)
    for level in reversed(range(len(WIDTHS))):
        x = net.conv_transpose2(f"up{level}.up", x, WIDTHS[level])
        x = net.concat(f"up{level}.concat", [skips[level], x])
        x = _double_conv(net, f"up{level}", x, WIDTHS[level])
    x = net.conv("mask.conv", x, CLASSES, 1, bias=True)
    net.output(net.same("Sigmoid", "mask", x))
    return net
