"""Pictures of text, as the models that find and read text take them.

    python3 -m bench.page FILE.png

writes the page of examples/ocr/samples: SAMPLE, a line each.

Random pictures show nothing to such models: their output is near zero whatever the kernels compute.
The font is the one that Pillow carries, so the pictures depend on nothing that is installed.
"""

import sys

import numpy
from PIL import Image, ImageDraw, ImageFont

# Mean and deviation of the channels that these models were trained with, for values from 0 to 1.
MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], numpy.float32)

LINES = (
    "An engine is a built model:", "weights are mapped, not copied,", "one arena for a context,",
    "and a run allocates nothing.", "Invoice 2026-118, 1 430.00 EUR", "Total   17 items   98 %",
    "Quick zephyrs blow, vexing Jim",
)

SAMPLE = LINES[:5]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _to_tensor(picture: Image.Image) -> numpy.ndarray:
    """Channels first, normalized."""
    pixels = numpy.asarray(picture, numpy.float32) / 255
    return ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)


def page(height: int, width: int, number: int) -> numpy.ndarray:
    """A page of text, f32[3,height,width]; pages of different numbers differ."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    size = max(12, height // 16)
    for row in range(height // (2 * size)):
        line = LINES[(row + number) % len(LINES)]
        indent = size * (1 + (row * 3 + number) % 4)
        draw.text((indent, 2 * size * row + size // 2), line, fill="black", font=_font(size))
    return _to_tensor(picture)


def pages(batch: int, height: int, width: int) -> numpy.ndarray:
    """f32[batch,3,height,width]"""
    return numpy.stack([page(height, width, number) for number in range(batch)])


def lines(batch: int, height: int, width: int) -> numpy.ndarray:
    """Single lines that fill the height, f32[batch,3,height,width]."""
    tensors = []
    for number in range(batch):
        picture = Image.new("RGB", (width, height), "white")
        ImageDraw.Draw(picture).text((height // 6, height // 8), LINES[number % len(LINES)],
                                     fill="black", font=_font(2 * height // 3))
        tensors.append(_to_tensor(picture))
    return numpy.stack(tensors)


def write_sample(path: str) -> None:
    picture = Image.new("L", (560, 270), "white")
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(SAMPLE):
        draw.text((30 + 20 * (row % 3), 20 + 48 * row), line, fill="black", font=_font(28))
    picture.save(path, optimize=True)


if __name__ == "__main__":
    write_sample(*sys.argv[1:])
