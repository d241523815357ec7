"""Writes references/NAME.txt again: what onnxruntime computes from the seeded inputs.

    python3 -m tests.models.record_references CACHE

One number a line, the outputs one after another. Needs the packages onnxruntime and numpy.
"""

import pathlib
import sys
import tempfile

import numpy
import onnxruntime

from tests.models.seeded_inputs import (CHUNK, CONTEXT, INPUTS, STATE, speech_chunks,
                                        write_inputs)
from tests.models.sounds import RATE

REFERENCES = pathlib.Path(__file__).parent / "references"


def session_of(cache, model):
    return onnxruntime.InferenceSession(f"{cache}/{model}.onnx", providers=["CPUExecutionProvider"])


def write(model, outputs):
    text = "".join(f"{value:.9g}\n" for output in outputs for value in numpy.ravel(output))
    (REFERENCES / f"{model}.txt").write_text(text)


def record_voice(cache):
    """The probability for each chunk, then the state behind the last one."""
    session = session_of(cache, "voice")
    state = numpy.zeros(STATE, "float32")
    probabilities = []
    for chunk in speech_chunks():
        heard = numpy.array(chunk, "float32").reshape(1, CONTEXT + CHUNK)
        probability, state = session.run(None, {"input": heard, "state": state,
                                                "sr": numpy.array(RATE, "int64")})
        probabilities.append(probability)
    write("voice", [*probabilities, state])


def main(cache):
    for model in INPUTS:
        with tempfile.TemporaryDirectory() as scratch:
            files = write_inputs(model, pathlib.Path(scratch))
            feeds = {name: numpy.load(path) for name, path in files.items()}
        write(model, session_of(cache, model).run(None, feeds))
    record_voice(cache)


if __name__ == "__main__":
    main(*sys.argv[1:])
