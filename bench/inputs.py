"""Inputs for models, from a seed, and models with the shapes of these inputs."""

import pathlib
from collections.abc import Callable

import numpy
import onnx

from bench.page import lines, pages

Feeds = dict[str, numpy.ndarray]

SAMPLE_RATE = 16_000


def _random(batch: int) -> numpy.random.Generator:
    return numpy.random.default_rng(batch)


def _digits(batch: int) -> Feeds:
    assert batch == 1, "the model's batch is fixed"
    return {"Input3": _random(batch).uniform(0, 255, (1, 1, 28, 28)).astype("float32")}


def _filetype(batch: int) -> Feeds:
    """Bytes, and 256 for padding."""
    return {"bytes": _random(batch).integers(0, 257, (batch, 2048), "int32")}


def _pitch(batch: int) -> Feeds:
    """A tone of 440 Hz in a room that is quiet: the model takes logarithms, and of a pure tone most
    would be those of roundings."""
    assert batch == 1, "the model's batch is fixed"
    seconds = numpy.arange(SAMPLE_RATE, dtype="float32") / SAMPLE_RATE
    sound = 0.5 * numpy.sin(2 * numpy.pi * 440 * seconds)
    sound += 1e-3 * _random(batch).standard_normal(SAMPLE_RATE)
    return {"audio": sound.astype("float32")[None],
            "fmin": numpy.array(46.875, "float32"), "fmax": numpy.array(2093.75, "float32")}


def _voice(batch: int) -> Feeds:
    """A chunk of 512 samples behind the 64 before it, and an empty state."""
    return {"input": _random(batch).uniform(-0.5, 0.5, (batch, 576)).astype("float32"),
            "state": numpy.zeros((2, batch, 128), "float32"),
            "sr": numpy.array(SAMPLE_RATE, "int64")}


def _bert(batch: int) -> Feeds:
    """Sequences of growing length; what is behind their end is masked."""
    random = _random(batch)
    mask = numpy.zeros((batch, 128), "int64")
    for row in range(batch):
        mask[row, :96 + 32 * (row + 1) // batch] = 1
    return {"input_ids": random.integers(0, 30522, (batch, 128), "int64"), "attention_mask": mask,
            "token_type_ids": random.integers(0, 2, (batch, 128), "int64")}


def _speech(batch: int) -> Feeds:
    """Two seconds of frames."""
    return {"features": _random(batch).uniform(-1, 1, (batch, 200, 80)).astype("float32")}


def _gpt(batch: int) -> Feeds:
    """One token behind 128; of several texts, 16 tokens each behind 8."""
    random = _random(batch)
    new, past = (1, 128) if batch == 1 else (16, 8)
    feeds: Feeds = {"input_ids": random.integers(0, 8192, (batch, new), "int64")}
    for layer in range(8):
        for part in ("key", "value"):
            feeds[f"past.{layer}.{part}"] = random.uniform(
                -1, 1, (batch, 8, past, 64)).astype("float32")
    return feeds


# Models whose inputs are not just any numbers, or whose batch is not all that is open.
MAKERS: dict[str, Callable[[int], Feeds]] = {
    "bert": _bert,
    "bert_ln": _bert,
    "bert_ln_qdq": _bert,
    "bert_qdq": _bert,
    "digits": _digits,
    "gpt": _gpt,
    "gpt_qdq": _gpt,
    "filetype": _filetype,
    "pitch": _pitch,
    "speech": _speech,
    "text_detector": lambda batch: {"x": pages(batch, 256, 480)},
    "text_reader": lambda batch: {"x": lines(batch, 48, 320)},
    "voice": _voice,
}


def feeds_for(name: str, model: pathlib.Path, batch: int,
              shapes: dict[str, list[int]] | None = None) -> Feeds:
    """Inputs of a model: made for it where it is known by name; else floats in [-1, 1) and integers
    0 or 1. `shapes` are those of inputs in which more than the batch is open. Raises ValueError
    where such a shape is missing."""
    if name in MAKERS:
        return MAKERS[name](batch)
    random = _random(batch)
    return {value.name: _any_tensor(value, _shape_of(value, batch, shapes or {}), random)
            for value in _true_inputs(onnx.load(model, load_external_data=False).graph)}


def _true_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """Old models list their initializers among the inputs."""
    initialized = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in initialized]


def _shape_of(value: onnx.ValueInfoProto, batch: int, shapes: dict[str, list[int]]) -> list[int]:
    if value.name in shapes:
        return shapes[value.name]
    dims = [dim.dim_value if dim.HasField("dim_value") else 0
            for dim in value.type.tensor_type.shape.dim]
    if dims and dims[0] == 0:
        dims[0] = batch
    if 0 in dims:
        raise ValueError(f"input {value.name} has open dims behind the first: give its shape, "
                         f"--shape {value.name}:1x…")
    return dims


def _any_tensor(value: onnx.ValueInfoProto, shape: list[int],
                random: numpy.random.Generator) -> numpy.ndarray:
    kind = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
    if numpy.issubdtype(kind, numpy.floating):
        return random.uniform(-1, 1, shape).astype(kind)
    return random.integers(0, 2, shape).astype(kind)


def write_fixed(model: pathlib.Path, feeds: Feeds, path: pathlib.Path) -> None:
    """A copy of a model in which symbols of the inputs have the extents of `feeds`: every engine
    then opens the same file. Open dims without a name stay open, as models with branches for
    several input lengths have them."""
    proto = onnx.load(model)
    graph = proto.graph
    sizes: dict[str, int] = {}
    for value in _true_inputs(graph):
        dims = value.type.tensor_type.shape.dim
        for dim, size in zip(dims, feeds[value.name].shape, strict=True):
            if dim.dim_param:
                sizes[dim.dim_param] = size
    for value in [*graph.input, *graph.output, *graph.value_info]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in sizes:
                dim.dim_value = sizes[dim.dim_param]
    onnx.save(proto, path)
