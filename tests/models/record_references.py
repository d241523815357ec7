#!/usr/bin/env python3
"""Writes references/NAME.txt again: what onnxruntime computes from the seeded inputs.

    record_references.py CACHE

One number a line. Needs the packages onnxruntime and numpy.
"""

import pathlib
import sys
import tempfile

import numpy
import onnxruntime

from seeded_inputs import INPUTS, write_input


def main(cache):
    for model in INPUTS:
        session = onnxruntime.InferenceSession(f"{cache}/{model}.onnx",
                                               providers=["CPUExecutionProvider"])
        with tempfile.TemporaryDirectory() as scratch:
            name, path = write_input(model, pathlib.Path(scratch))
            (output,) = session.run(None, {name: numpy.load(path)})
        text = "".join(f"{value:.9g}\n" for value in output.ravel())
        (pathlib.Path(__file__).parent / "references" / f"{model}.txt").write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
