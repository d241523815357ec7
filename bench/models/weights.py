"""Weights from a seed: the same bytes on every machine and with every version of NumPy.

Philox, a counter-based generator, is keyed with the SHA-256 of seed and tensor name, so a tensor
does not depend on the order in which others are made. Only the raw words of the generator are used:
NumPy promises that these never change, and promises nothing like it for its distributions. What
follows is integer arithmetic and single elementwise operations on floats, which round alike
everywhere; no sum of floats, whose order is NumPy's to choose, and no function of libm.
"""

import dataclasses
import hashlib
import math
from collections.abc import Sequence

import numpy

# The generator's values are the integers in [-HALF, HALF).
HALF = 1 << 23


@dataclasses.dataclass(frozen=True)
class Weights:
    """The tensors of one seed, by name."""

    seed: str

    def _integers(self, name: str, shape: Sequence[int]) -> numpy.ndarray:
        key = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:16]
        count = math.prod(shape)
        raw = numpy.random.Philox(key=int.from_bytes(key, "little")).random_raw((count + 1) // 2)
        halves = raw.astype("<u8", copy=False).view("<u4")[:count]
        return ((halves >> 8).astype(numpy.int32) - HALF).reshape(shape)

    def uniform(self, name: str, shape: Sequence[int], low: float, high: float) -> numpy.ndarray:
        """Evenly distributed between low and high."""
        scaled = self._integers(name, shape) * ((high - low) / (2 * HALF))
        return (scaled + (low + high) / 2).astype(numpy.float32)

    def spread(self, name: str, shape: Sequence[int], deviation: float) -> numpy.ndarray:
        """Evenly distributed around 0 with this standard deviation."""
        limit = deviation * math.sqrt(3)
        return self.uniform(name, shape, -limit, limit)

    def balanced(self, name: str, shape: Sequence[int], deviation: float,
                 output_axis: int) -> numpy.ndarray:
        """Like spread(), and the weights of each output sum to 0.

        Activations behind a ReLU have a common positive mean. Without the balance its image under
        random weights outgrows, layer by layer, what depends on the input.
        """
        integers = self._integers(name, shape).astype(numpy.int64)
        others = tuple(axis for axis in range(len(shape)) if axis != output_axis % len(shape))
        mean = integers.sum(axis=others, keepdims=True) // (integers.size // shape[output_axis])
        return ((integers - mean) * (deviation * math.sqrt(3) / HALF)).astype(numpy.float32)
