"""Models by name: generated ones, real ones, and files."""

import pathlib

from bench import fetch
from bench.models.manifest import ensure
from bench.models.networks import NAMES, QUANTIZED

DIGITS = pathlib.Path(__file__).resolve().parents[1] / "examples" / "digits" / "model.onnx"

# Relative to the range of the reference's output.
ALLOWED_ERROR = 1e-4
# Of the pitch the logarithms of what is nearly silent are compared; a layer of the text reader makes
# roundings ten times larger; of the turn onnxruntime differs from itself by a third of this with and
# without its optimizations.
ALLOWED_ERROR_OF = {"pitch": 1e-3, "text_reader": 5e-4, "turn": 5e-3}
# What outputs can span, where the values at hand are too alike to tell: probabilities.
SPAN_OF = {"turn": 1.0}


def names() -> list[str]:
    return [*fetch.MODELS, *NAMES]


def find(name: str, folder: pathlib.Path) -> pathlib.Path:
    """The file of a model, fetched or generated into the folder where it is not there yet. A name
    that nobody knows is the path of a file. Raises ValueError where there is none."""
    if name in NAMES:
        return ensure(name, folder)
    if name == "digits":
        return DIGITS
    if name in fetch.MODELS:
        return fetch.fetch(name, folder)
    path = pathlib.Path(name)
    if not path.is_file():
        raise ValueError(f"{name} is no file and no known model: {', '.join(names())}")
    return path


def allowed_error(name: str) -> float | None:
    """None for quantized networks: where engines round to different steps, errors grow from layer
    to layer, and onnxruntime differs from itself by a tenth of the range and more."""
    if name.endswith(QUANTIZED):
        return None
    return ALLOWED_ERROR_OF.get(name, ALLOWED_ERROR)
