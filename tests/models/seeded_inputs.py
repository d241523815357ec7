"""Inputs of the real models, the same everywhere: no package is needed to make them."""

import array
import math

from tests.models import sounds


def _numbers(kind, count, of):
    return array.array(kind, (of(u) for u in sounds.uniform(count)))


# Inputs of each model: name, shape, NumPy's name of the type, and the elements.
INPUTS = {
    "filetype": [("bytes", (1, 2048), "<i4",
                  lambda count: _numbers("i", count, lambda u: int(257 * u)))],
    "orientation": [("x", (1, 3, 224, 224), "<f4",
                     lambda count: _numbers("f", count, lambda u: 2 * u - 1))],
    # The lowest and the highest pitch that the model knows.
    "pitch": [("audio", (1, sounds.RATE), "<f4",
               lambda count: array.array("f", sounds.tone()[:count])),
              ("fmin", (), "<f4", lambda count: array.array("f", [46.875])),
              ("fmax", (), "<f4", lambda count: array.array("f", [2093.75]))],
}


def write_array(path, shape, kind, data):
    """Writes bytes as .npy."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)


def write_inputs(model, folder):
    """Writes the inputs of a model as .npy; gives the files by name."""
    files = {}
    for name, shape, kind, elements in INPUTS[model]:
        files[name] = folder / f"{model}_{name}.npy"
        write_array(files[name], shape, kind, elements(math.prod(shape)).tobytes())
    return files


# The model of voices hears the speech of sounds.py chunk by chunk, each behind the end of the one
# before it, and gets back the state that it gives.
CHUNK = 512
CONTEXT = 64
CHUNKS = 100
STATE = (2, 1, 128)


def speech_chunks():
    samples = array.array("f", [0.0] * CONTEXT + sounds.speech())
    for start in range(0, CHUNKS * CHUNK, CHUNK):
        yield samples[start:start + CONTEXT + CHUNK]
