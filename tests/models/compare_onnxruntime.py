"""Models through every road of the command line, against onnxruntime.

    python3 -m tests.models.compare_onnxruntime TENON [--models M…] [--devices D…] [--batches N…]

Real models and the networks of bench/models run from the ONNX file, from plans whose batch is open
and from plans for one batch, each with all passes and with all of them left out; on each device, with
each batch and each number of threads. An output may differ by 1e-4 of its range, or what
bench/catalogue.py allows; of quantized networks by twice of what onnxruntime differs from itself with
and without its optimizations. It must be the same to the last bit at any number of threads. The model
that hears voices is also fed its own state over a hundred chunks. Prints one line for each check and
the time it takes to load the plan; exit code 1 if one fails. Needs the packages of
bench/requirements.txt; `./dev models` makes an environment with them.
"""

import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import numpy
import onnxruntime

from bench import catalogue, files
from bench.inputs import SAMPLE_RATE, Feeds, feeds_for
from bench.models.networks import NAMES, QUANTIZED
from bench.results import worst_error
from tests.models.seeded_inputs import CHUNKS, STATE, speech_chunks

LOADS = 9


@dataclasses.dataclass(frozen=True)
class Case:
    """A model, the batches it runs with, whether it is small enough for devices that compute with
    the reference implementations, and whether its dims may be open: some models have branches whose
    ranks follow from them."""

    model: str
    batches: tuple[int, ...] = (1, 3)
    small: bool = False
    is_open: bool = True


@dataclasses.dataclass(frozen=True)
class Target:
    """A device and its numbers of threads; 0 leaves the number to the device."""

    device: str
    threads: tuple[int, ...] = (1, 2)
    small_only: bool = False


CASES = (
    Case("digits", batches=(1,), small=True),
    Case("filetype", small=True),
    Case("orientation", small=True),
    Case("text_detector"),
    Case("text_reader"),
    Case("voice", small=True, is_open=False),
    Case("pitch", batches=(1,)),
    Case("turn"),
    *(Case(name) for name in NAMES),
)

TARGETS = (
    Target("cpu"),
    Target("cpu:isa=avx2"),
    Target("cpu:isa=portable"),
    Target("null", threads=(0,), small_only=True),
)


# Beside the networks of bench/models.
QUANTIZED_MODELS = ("turn",)


class Failed(Exception):
    """A command of tenon did not succeed; the text is its message."""


@dataclasses.dataclass(frozen=True)
class Tenon:
    """The command line."""

    program: pathlib.Path

    def call(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([self.program, *map(str, arguments)], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(" ".join(done.stderr.split()))
        return done

    def run(self, model: pathlib.Path, target: str, threads: int, feeds: Feeds,
            scratch: pathlib.Path, options: tuple[str, ...] = ()) -> list[numpy.ndarray]:
        command = ["run", model, "--device", target, "--output", scratch / "out", "--json", "-",
                   *options, *input_flags(feeds, scratch)]
        command += ["--threads", threads] if threads else []
        report = json.loads(self.call(*command).stdout)
        return [numpy.load(output["file"]) for output in report["outputs"]]

    def load_ms(self, plan: pathlib.Path, feeds: Feeds, scratch: pathlib.Path) -> float:
        done = self.call("bench", plan, "--duration", 0, "--warmup", 0, "--iterations", 1, "--json",
                         "-", *input_flags(feeds, scratch))
        return json.loads(done.stdout)["load_s"] * 1e3


def input_flags(feeds: Feeds, scratch: pathlib.Path) -> list[str]:
    """Writes the inputs into files and names them."""
    flags = []
    for index, (name, value) in enumerate(feeds.items()):
        file = scratch / f"in_{index}.npy"
        numpy.save(file, value)
        flags += ["--input", f"{name}={file}"]
    return flags


class Checks:
    """Prints each check and counts those that fail."""

    def __init__(self) -> None:
        self.failed = 0

    def add(self, what: str, good: bool, detail: str) -> None:
        self.failed += not good
        print(f"{what:<60} {detail:<32} {'ok' if good else 'FAILED'}", flush=True)


def shape_flags(feeds: Feeds) -> list[str]:
    flags = []
    for name, value in feeds.items():
        flags += ["--shape", f"{name}:{'x'.join(map(str, value.shape)) or 'scalar'}"]
    return flags


@dataclasses.dataclass(frozen=True)
class Reference:
    """What onnxruntime computes, the error that is allowed, and what it is relative to if not to the
    range of an output."""

    feeds: Feeds
    outputs: list[numpy.ndarray]
    allowed: float
    span: float | None

    def error_of(self, outputs: list[numpy.ndarray]) -> float:
        return worst_error(outputs, self.outputs, self.span)


def session_of(model: pathlib.Path, level: onnxruntime.GraphOptimizationLevel =
               onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def references_of(model: str, path: pathlib.Path, batches: list[int]) -> dict[int, Reference]:
    session = session_of(path)
    allowed = catalogue.allowed_error(model) or catalogue.ALLOWED_ERROR
    references = {}
    for batch in batches:
        feeds = feeds_for(model, path, batch)
        references[batch] = Reference(feeds, session.run(None, feeds), allowed,
                                      catalogue.SPAN_OF.get(model))
    if model.endswith(QUANTIZED) or model in QUANTIZED_MODELS:
        del session
        session = session_of(path, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
        for batch, reference in references.items():
            own = reference.error_of(session.run(None, reference.feeds))
            print(f"{model} batch {batch}: onnxruntime differs from itself by {own:.2e}")
            references[batch] = dataclasses.replace(reference, allowed=max(allowed, 2 * own))
    return references


@dataclasses.dataclass(frozen=True)
class Road:
    """A form in which a model is run, and the batches for which it is."""

    name: str
    file: pathlib.Path
    batches: tuple[int, ...]
    options: tuple[str, ...] = ()


def build_roads(tenon: Tenon, case: Case, model: pathlib.Path, device: str,
                references: dict[int, Reference], scratch: pathlib.Path) -> Iterator[Road]:
    """Builds plans as they are asked for; each takes the place of the one before."""
    forms = [((batch,), tuple(shape_flags(reference.feeds)))
             for batch, reference in references.items()]
    if case.is_open:
        forms.insert(0, (tuple(references), ()))
    plan = scratch / "model.plan"
    for batches, options in forms:
        name = "fixed " if options else ""
        yield Road(f"{name}onnx", model, batches, options)
        build = ("build", model, "--device", device, "-o", plan, *options)
        done = tenon.call(*build, "--show-passes")
        yield Road(f"{name}plan", plan, batches)
        passes = sorted({line.split()[1].rstrip(":") for line in done.stderr.splitlines()
                         if line.startswith("pass ")})
        tenon.call(*build, *(part for each in passes for part in ("--disable-pass", each)))
        yield Road(f"{name}unoptimized", plan, batches)


def check_batch(tenon: Tenon, name: str, road: Road, target: Target, reference: Reference,
                checks: Checks, scratch: pathlib.Path) -> None:
    """One form of a model on one device: the reference's result, and the same at all threads."""
    results = {}
    for threads in target.threads:
        results[threads] = tenon.run(road.file, target.device, threads, reference.feeds, scratch,
                                     road.options)
        error = reference.error_of(results[threads])
        checks.add(f"{name} {target.device} {road.name}" + f" threads {threads}" * (threads > 0),
                   error <= reference.allowed, f"error {error:.2e} of the range")
    first, *others = results.values()
    for other in others:
        same = all(a.tobytes() == b.tobytes() for a, b in zip(first, other, strict=True))
        checks.add(f"{name} {target.device} {road.name}", same,
                   f"same bits, threads {', '.join(map(str, results))}")


def check_state(tenon: Tenon, road: Road, target: Target, path: pathlib.Path, checks: Checks,
                scratch: pathlib.Path) -> None:
    """Chunks one after another, each engine with the state that it gave itself."""
    session = session_of(path)
    want_state = got_state = numpy.zeros(STATE, "float32")
    wanted, gotten = [], []
    for samples in speech_chunks():
        chunk = {"input": numpy.array(samples, "float32")[None],
                 "sr": numpy.array(SAMPLE_RATE, "int64")}
        want, want_state = session.run(None, chunk | {"state": want_state})
        got, got_state = tenon.run(road.file, target.device, 0, chunk | {"state": got_state},
                                   scratch)
        wanted.append(want)
        gotten.append(got)
    error = worst_error([numpy.concatenate(gotten), got_state],
                        [numpy.concatenate(wanted), want_state])
    checks.add(f"voice {target.device} {road.name} {CHUNKS} chunks",
               error <= catalogue.ALLOWED_ERROR, f"error {error:.2e} of the range")


def check_case(tenon: Tenon, case: Case, target: Target, path: pathlib.Path,
               references: dict[int, Reference], checks: Checks) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        try:
            for road in build_roads(tenon, case, path, target.device, references, scratch):
                for batch in road.batches:
                    check_batch(tenon, f"{case.model} batch {batch}", road, target,
                                references[batch], checks, scratch)
                if case.model == "voice" and road.name == "fixed plan" and road.batches == (1,):
                    check_state(tenon, road, target, path, checks, scratch)
                if target.device.startswith("cpu") and road.name.endswith("plan"):
                    feeds = references[road.batches[0]].feeds
                    times = sorted(tenon.load_ms(road.file, feeds, scratch)
                                   for _ in range(LOADS))
                    print(f"{case.model} {road.name} load ms: min {times[0]:.2f}, "
                          f"median {times[LOADS // 2]:.2f}")
        except Failed as failure:
            checks.add(f"{case.model} {target.device}", False, str(failure))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tenon", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path, default=files.cache_folder())
    parser.add_argument("--models", nargs="+", choices=[case.model for case in CASES])
    parser.add_argument("--devices", nargs="+", help="instead of those of the table")
    parser.add_argument("--batches", type=int, nargs="+")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    flags = parse(arguments)
    tenon = Tenon(flags.tenon.resolve())
    targets = TARGETS
    if flags.devices:
        targets = tuple(Target(device, (0,) if device.startswith("null") else (1, 2))
                        for device in flags.devices)
    checks = Checks()
    for case in CASES:
        batches = [batch for batch in case.batches if batch in (flags.batches or case.batches)]
        if not batches or case.model not in (flags.models or [case.model]):
            continue
        path = catalogue.find(case.model, flags.cache)
        references = references_of(case.model, path, batches)
        for target in targets:
            if case.small or not target.small_only:
                check_case(tenon, case, target, path, references, checks)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
