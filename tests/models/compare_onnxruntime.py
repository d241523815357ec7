"""Models through every road of the command line, against onnxruntime.

    python3 -m tests.models.compare_onnxruntime TENON [--models M…] [--devices D…] [--batches N…]

Real models and the CNNs of bench/models run from the ONNX file, from a plan, and from a plan that
was built with all passes left out; on each device, with each batch and each number of threads. An
output may differ by 1e-4 of its range, and must be the same to the last bit at any number of
threads. Prints one line for each check and the time it takes to load the plan; exit code 1 if one
fails. Needs the packages of bench/requirements.txt; `./dev models` makes an environment with them.
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
from bench.inputs import Feeds, feeds_for
from bench.results import worst_error

LOADS = 9


@dataclasses.dataclass(frozen=True)
class Case:
    """A model, the batches it runs with, and whether it is small enough for devices that compute
    with the reference implementations."""

    model: str
    batches: tuple[int, ...] = (1, 3)
    small: bool = False


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
    Case("pitch", batches=(1,)),
    Case("turn"),
    Case("mobilenetv2"),
    Case("resnet50"),
    Case("unet"),
    Case("yolov8n"),
    Case("bert"),
    Case("bert_ln"),
    Case("vit"),
)

TARGETS = (
    Target("cpu"),
    Target("cpu:isa=avx2"),
    Target("cpu:isa=portable"),
    Target("null", threads=(0,), small_only=True),
)


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
            scratch: pathlib.Path) -> list[numpy.ndarray]:
        command = ["run", model, "--device", target, "--output", scratch / "out", "--json", "-"]
        command += ["--threads", threads] if threads else []
        for index, (name, value) in enumerate(feeds.items()):
            file = scratch / f"in_{index}.npy"
            numpy.save(file, value)
            command += ["--input", f"{name}={file}"]
        report = json.loads(self.call(*command).stdout)
        return [numpy.load(output["file"]) for output in report["outputs"]]

    def load_ms(self, plan: pathlib.Path, feeds: Feeds) -> float:
        command = ["bench", plan, "--duration", 0, "--warmup", 0, "--iterations", 1, "--json", "-"]
        for name, value in feeds.items():
            command += ["--shape", f"{name}:{'x'.join(map(str, value.shape)) or 'scalar'}"]
        done = self.call(*command)
        return json.loads(done.stdout)["load_s"] * 1e3


class Checks:
    """Prints each check and counts those that fail."""

    def __init__(self) -> None:
        self.failed = 0

    def add(self, what: str, good: bool, detail: str) -> None:
        self.failed += not good
        print(f"{what:<60} {detail:<32} {'ok' if good else 'FAILED'}", flush=True)


def build_roads(tenon: Tenon, model: pathlib.Path, device: str,
                scratch: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """The forms in which a model is run, by name."""
    yield "onnx", model
    plan = scratch / "model.plan"
    build = ("build", model, "--device", device, "-o")
    done = tenon.call(*build, plan, "--show-passes")
    yield "plan", plan
    raw = scratch / "raw.plan"
    passes = sorted({line.split()[1].rstrip(":") for line in done.stderr.splitlines()
                     if line.startswith("pass ")})
    tenon.call(*build, raw, *(part for name in passes for part in ("--disable-pass", name)))
    yield "unoptimized", raw


def check_batch(tenon: Tenon, model: str, name: str, road: tuple[str, pathlib.Path], target: Target,
                reference: tuple[Feeds, list[numpy.ndarray]], checks: Checks,
                scratch: pathlib.Path) -> None:
    """One form of a model on one device: the reference's result, and the same at all threads."""
    feeds, want = reference
    allowed = catalogue.allowed_error(model)
    results = {}
    for threads in target.threads:
        results[threads] = tenon.run(road[1], target.device, threads, feeds, scratch)
        error = worst_error(results[threads], want)
        checks.add(f"{name} {target.device} {road[0]}" + f" threads {threads}" * (threads > 0),
                   error <= allowed, f"error {error:.2e} of the range")
    first, *others = results.values()
    for other in others:
        same = all(a.tobytes() == b.tobytes() for a, b in zip(first, other, strict=True))
        checks.add(f"{name} {target.device} {road[0]}", same,
                   f"same bits, threads {', '.join(map(str, results))}")


def check_case(tenon: Tenon, case: Case, target: Target, path: pathlib.Path,
               references: dict[int, tuple[Feeds, list[numpy.ndarray]]], checks: Checks) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        try:
            for road in build_roads(tenon, path, target.device, scratch):
                for batch, reference in references.items():
                    check_batch(tenon, case.model, f"{case.model} batch {batch}", road, target,
                                reference, checks, scratch)
            if target.device.startswith("cpu"):
                feeds, _ = next(iter(references.values()))
                times = sorted(tenon.load_ms(scratch / "model.plan", feeds) for _ in range(LOADS))
                print(f"{case.model} plan load ms: min {times[0]:.2f}, "
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
    targets = tuple(map(Target, flags.devices)) if flags.devices else TARGETS
    checks = Checks()
    for case in CASES:
        batches = [batch for batch in case.batches if batch in (flags.batches or case.batches)]
        if not batches or case.model not in (flags.models or [case.model]):
            continue
        path = catalogue.find(case.model, flags.cache)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        references = {}
        for batch in batches:
            feeds = feeds_for(case.model, path, batch)
            references[batch] = (feeds, session.run(None, feeds))
        for target in targets:
            if case.small or not target.small_only:
                check_case(tenon, case, target, path, references, checks)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
