"""What each generated model file must be, and a folder in which they are kept."""

import dataclasses
import hashlib
import json
import pathlib

from bench import files
from bench.models.networks import Generated, generate

MANIFEST = pathlib.Path(__file__).with_name("manifest.json")


@dataclasses.dataclass(frozen=True)
class Record:
    """A line of the manifest. Parameters and gflop are those of the network before quantization;
    gflop counts convolutions and matrix products, those of recurrent layers too, at batch 1 and, of
    speech, for two seconds."""

    sha256: str
    bytes: int
    nodes: int
    parameters: int
    gflop: float


def record_of(model: Generated) -> Record:
    return Record(hashlib.sha256(model.data).hexdigest(), len(model.data), model.nodes,
                  model.parameters, model.gflop)


def read_manifest() -> dict[str, Record]:
    return {name: Record(**fields) for name, fields in json.loads(MANIFEST.read_text()).items()}


def write_manifest(records: dict[str, Record]) -> None:
    content = {name: dataclasses.asdict(records[name]) for name in sorted(records)}
    files.write(MANIFEST, (json.dumps(content, indent=2) + "\n").encode())


def ensure(name: str, folder: pathlib.Path) -> pathlib.Path:
    """The path of a model of NAMES, generated unless the folder has it. Raises ValueError where the
    bytes are not those of the manifest."""
    path = folder / f"{name}.onnx"
    wanted = read_manifest()[name]
    if files.is_file_with(path, wanted.sha256):
        return path
    model = generate(name)
    made = record_of(model)
    if made != wanted:
        raise ValueError(f"{name} should be {wanted}, but was generated as {made}; if the network "
                         "is meant to change, run python3 -m bench.models --write-manifest")
    files.write(path, model.data)
    return path
