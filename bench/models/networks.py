"""The list of all networks and how each is quantized."""

import dataclasses
from collections.abc import Callable

import onnx

from bench.models.bert import bert, bert_ln
from bench.models.gpt import gpt
from bench.models.layers import Network
from bench.models.mobilenetv2 import mobilenetv2
from bench.models.quantize import CONVOLUTIONAL, TRANSFORMER, Recipe, quantize
from bench.models.resnet50 import resnet50
from bench.models.speech import speech
from bench.models.unet import unet
from bench.models.vit import vit
from bench.models.yolov8n import yolov8n

QUANTIZED = "_qdq"


@dataclasses.dataclass(frozen=True)
class Entry:
    """How a network is made, and how its QDQ variant differs, if there is one."""

    make: Callable[[], Network]
    recipe: Recipe | None = None


NETWORKS = {
    "bert": Entry(bert, Recipe(TRANSFORMER)),
    "bert_ln": Entry(bert_ln, Recipe(TRANSFORMER)),
    "gpt": Entry(gpt, Recipe(TRANSFORMER)),
    "mobilenetv2": Entry(mobilenetv2, Recipe(CONVOLUTIONAL)),
    "resnet50": Entry(resnet50, Recipe(CONVOLUTIONAL)),
    "speech": Entry(speech),
    "unet": Entry(unet, Recipe(CONVOLUTIONAL)),
    "vit": Entry(vit, Recipe(TRANSFORMER)),
    # Boxes are sums over bins and in pixels: decoding them stays in floats.
    "yolov8n": Entry(yolov8n, Recipe(CONVOLUTIONAL, keep=("decode", "detections"))),
}

NAMES = tuple(name + suffix for name, entry in NETWORKS.items()
              for suffix in ("", QUANTIZED) if entry.recipe or not suffix)


@dataclasses.dataclass(frozen=True)
class Generated:
    """The bytes of a model file and what the manifest says about it."""

    data: bytes
    nodes: int
    parameters: int
    gflop: float


def generate(name: str) -> Generated:
    """A model of NAMES. The same bytes each time and everywhere."""
    entry = NETWORKS[name.removesuffix(QUANTIZED)]
    network = entry.make()
    model = network.model()
    if name.endswith(QUANTIZED):
        assert entry.recipe is not None
        quantize(model, entry.recipe)
    onnx.checker.check_model(model)
    return Generated(model.SerializeToString(deterministic=True), len(model.graph.node),
                     network.parameters, round(network.gflop, 3))
