"""How far results are from others."""

import math

import numpy


def error_of(got: numpy.ndarray, want: numpy.ndarray, span: float | None = None) -> float:
    """The greatest difference relative to `span`, or else the range of `want`; infinite where shape
    or type differ, or where one is NaN or infinite and the other is not the same."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return math.inf
    if want.size == 0:
        return 0.0
    exact, other = want.astype(numpy.float64), got.astype(numpy.float64)
    known = numpy.isfinite(exact)
    if not numpy.array_equal(exact[~known], other[~known], equal_nan=True):
        return math.inf
    if not numpy.isfinite(other[known]).all():
        return math.inf
    difference = float(numpy.abs(other[known] - exact[known]).max(initial=0))
    if difference == 0:
        return 0.0
    spread = span or float(exact[known].max() - exact[known].min())
    # One value, or a constant output: relative to its magnitude.
    scale = spread or float(numpy.abs(exact[known]).max())
    return difference / scale if scale else math.inf


def worst_error(got: list[numpy.ndarray], want: list[numpy.ndarray],
                span: float | None = None) -> float:
    """Of several outputs."""
    if len(got) != len(want):
        return math.inf
    return max((error_of(g, w, span) for g, w in zip(got, want, strict=True)), default=0.0)
