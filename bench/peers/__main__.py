"""Compares Tenon with onnxruntime and openvino on this machine: `./dev peers`.

Every engine has a process of its own, pinned to the same CPUs, and gets its turn over a pipe
(docs/design/0015-one-process-an-engine.md). Prints a Markdown table. Exit code 1 if a result of
Tenon differs from the reference, 2 for wrong usage.
"""

import argparse
import functools
import json
import pathlib
import sys
import tempfile
from importlib import metadata

import numpy

from bench import catalogue, files
from bench.inputs import feeds_for, write_fixed
from bench.peers import machine, report
from bench.peers.contestants import REFERENCE, TENON
from bench.peers.engine import write_inputs
from bench.peers.measure import Job, Measurement, Setting, compare
from bench.results import worst_error

DEFAULT_MODELS = ("digits", "filetype", "orientation", "text_detector", "mobilenetv2", "resnet50",
                  "yolov8n", "unet", "bert", "vit")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev peers", description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=DEFAULT_MODELS, metavar="MODEL",
                        help=f"a path, or one of {', '.join(catalogue.names())} "
                             f"(default: {' '.join(DEFAULT_MODELS)})")
    parser.add_argument("--programs", type=pathlib.Path, required=True,
                        help="folder of tenon_engine and machine_probe")
    parser.add_argument("--batch", type=int, default=1,
                        help="what an open batch becomes (default 1)")
    parser.add_argument("--shape", action="append", default=[], metavar="NAME:DIMS",
                        help="shape of an input in which more than the batch is open: "
                             "x:1x3x480x640")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2],
                        help="numbers of threads, each a row (default 1 2)")
    parser.add_argument("--device", default="cpu", help="Tenon's device (default cpu)")
    parser.add_argument("--seconds", type=float, default=5,
                        help="time of each engine on each row (default 5)")
    parser.add_argument("--starts", type=int, default=3,
                        help="fresh processes that open the model, at the first number of threads "
                             "(default 3; 0: none)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds to wait for an answer")
    parser.add_argument("--cache", type=pathlib.Path, default=files.cache_folder(),
                        help="folder of fetched and generated models")
    parser.add_argument("--json", type=pathlib.Path, help="write everything to a JSON file")
    parser.add_argument("--write-docs", action="store_true",
                        help="put the table into docs/performance.md")
    flags = parser.parse_args(arguments)
    flags.shapes = {}
    for text in flags.shape:
        name, colon, dims = text.rpartition(":")
        if not colon or not all(part.isdigit() for part in dims.split("x")):
            parser.error(f"--shape {text}: the form is NAME:1x3x480x640")
        flags.shapes[name] = [int(part) for part in dims.split("x")]
    cpus = len(machine.allowed_cpus())
    if min(flags.threads) < 1 or max(flags.threads) > cpus:
        parser.error(f"--threads: 1 to {cpus}, the CPUs that this process may use")
    return flags


def _arrays(measurement: Measurement) -> list[numpy.ndarray]:
    return [numpy.fromfile(output["file"], output["type"]).reshape(output["shape"])
            for output in measurement.outputs]


def _set_errors(measurements: list[Measurement], span: float | None) -> None:
    """Holds each engine's outputs against the reference's."""
    reference = next(m for m in measurements if m.contestant == REFERENCE)
    if not reference.outputs:
        return
    want = _arrays(reference)
    for measurement in measurements:
        if measurement is not reference and measurement.outputs:
            measurement.error = worst_error(_arrays(measurement), want, span)


def _measure_model(name: str, flags: argparse.Namespace, setting: Setting) -> list[report.Row]:
    path = catalogue.find(name, flags.cache)
    label = path.stem if path == pathlib.Path(name) else name
    feeds = feeds_for(name, path, flags.batch, flags.shapes)
    cpus = machine.allowed_cpus()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        fixed = folder / "model.onnx"
        write_fixed(path, feeds, fixed)
        inputs = write_inputs(feeds, folder)
        for threads in flags.threads:
            print(f"{label}, batch {flags.batch}, threads {threads} …", file=sys.stderr)
            job = Job(fixed, inputs, cpus[-threads:])
            with_starts = setting.starts > 0 and threads == flags.threads[0]
            set_errors = functools.partial(_set_errors, span=catalogue.SPAN_OF.get(name))
            comparison = compare(setting, job, with_starts, set_errors)
            rows += report.rows_of(label, flags.batch, threads, comparison,
                                   catalogue.allowed_error(name))
    return rows


def _versions(rows: list[report.Row]) -> dict[str, str]:
    versions = {row.engine.split()[0]: row.version for row in rows if row.version}
    return versions | {name: metadata.version(name) for name in ("numpy", "onnx")}


def main(arguments: list[str]) -> int:
    flags = _parse(arguments)
    cpus = machine.allowed_cpus()
    before = machine.probe(flags.programs, cpus)
    setting = Setting(flags.programs, flags.device, flags.seconds, flags.starts, flags.timeout,
                      machine.Watch(flags.programs, before))
    rows: list[report.Row] = []
    try:
        for name in flags.models:
            rows += _measure_model(name, flags, setting)
    except ValueError as error:
        print(f"./dev peers: {error}", file=sys.stderr)
        return 2
    after = machine.probe(flags.programs, cpus)
    about = machine.description(_versions(rows))
    text = f"{report.describe(about, before, after)}\n{report.to_markdown(rows)}"
    print(text)
    if flags.json:
        content = report.to_json(about, before, after, rows)
        files.write(flags.json, (json.dumps(content, indent=2) + "\n").encode())
    if flags.write_docs:
        report.write_page(text)
    return 1 if any(row.engine == TENON.name and row.agrees is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
