"""Generates models.

    python3 -m bench.models NAME... [--folder FOLDER]
    python3 -m bench.models --write-manifest [NAME...]

Prints the path of each model; one that the folder has already is not generated again. With
--write-manifest the manifest gets what the generator makes now, and no model is kept. Needs the
packages onnx and numpy.
"""

import argparse
import pathlib
import sys

from bench import files
from bench.models.manifest import MANIFEST, ensure, read_manifest, record_of, write_manifest
from bench.models.networks import NAMES, generate


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.models", description="Generates models.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--folder", type=pathlib.Path, default=files.cache_folder())
    parser.add_argument("--write-manifest", action="store_true",
                        help="record what the generator makes now (all models if none is named)")
    flags = parser.parse_args(arguments)
    unknown = sorted(set(flags.names) - set(NAMES))
    if unknown:
        parser.error(f"unknown model {unknown[0]}; there are {', '.join(NAMES)}")
    if flags.write_manifest:
        records = read_manifest() if MANIFEST.exists() else {}
        for name in flags.names or NAMES:
            records[name] = record_of(generate(name))
            print(name, records[name].sha256)
        write_manifest(records)
        return 0
    for name in flags.names:
        print(ensure(name, flags.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
