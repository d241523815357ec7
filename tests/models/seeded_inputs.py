"""Inputs of the real models, the same everywhere: no package is needed to make them."""

import array
import math


def _uniform(count):
    """Numbers in [0, 1) from a linear congruence (Knuth's MMIX)."""
    state = 1
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 40) / 2**24


# Name of the input, its shape, NumPy's name of its type, and its elements.
INPUTS = {
    "filetype": ("bytes", (1, 2048), "<i4",
                 lambda count: array.array("i", (int(257 * u) for u in _uniform(count)))),
    "orientation": ("x", (1, 3, 224, 224), "<f4",
                    lambda count: array.array("f", (2 * u - 1 for u in _uniform(count)))),
}


def write_input(model, folder):
    """Writes the input of a model as .npy; gives its name and the file."""
    name, shape, kind, elements = INPUTS[model]
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    path = folder / f"{model}.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header +
                     elements(math.prod(shape)).tobytes())
    return name, path
