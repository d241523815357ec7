"""Files of the benchmarks: where they are kept, their sums, and writes that are whole or absent."""

import hashlib
import os
import pathlib


def cache_folder() -> pathlib.Path:
    """Where models are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "tenon"


def sha256(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_file_with(path: pathlib.Path, digest: str) -> bool:
    """Whether the file is there and has this SHA-256."""
    return path.is_file() and sha256(path) == digest


def write(path: pathlib.Path, data: bytes) -> None:
    """Writes under another name first: a stopped run leaves nothing half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_bytes(data)
    partial.rename(path)
