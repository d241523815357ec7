"""Measures the contestants on one model: latency in turns, and starts of fresh processes."""

import dataclasses
import itertools
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.peers.contestants import CONTESTANTS, Contestant
from bench.peers.engine import Engine, EngineError
from bench.peers.machine import Watch

# Threads of the engine before may spin for some milliseconds after their last run.
PAUSE_MS = 4
# A block is this long, or one run.
BLOCK_S = 0.2


@dataclasses.dataclass(frozen=True)
class Setting:
    """What is measured and how."""

    programs: pathlib.Path
    device: str
    seconds: float
    starts: int
    timeout_s: float
    watch: Watch


@dataclasses.dataclass(frozen=True)
class Job:
    """A model of fixed shapes with its inputs, as "bind" takes them, and the CPUs it runs on."""

    model: pathlib.Path
    inputs: list[dict[str, Any]]
    cpus: Sequence[int]


@dataclasses.dataclass
class Start:
    """Fresh processes that opened the model: the fastest load, with the runs that followed it."""

    load_s: float
    first_run_ms: float
    second_run_ms: float
    peak_rss_bytes: int


@dataclasses.dataclass
class Measurement:
    """What one contestant did with one job."""

    contestant: Contestant
    version: str = ""
    # Of clean rounds, or of all where none was clean.
    ms: list[float] = dataclasses.field(default_factory=list)
    first_start: Start | None = None
    later_start: Start | None = None
    outputs: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    # Greatest difference from the reference, relative to the range of its output.
    error: float | None = None
    # Why there are no figures, and why there are none of starts.
    refusal: str = ""
    start_refusal: str = ""

    @property
    def min_ms(self) -> float:
        return min(self.ms)

    @property
    def median_ms(self) -> float:
        return statistics.median(self.ms)


@dataclasses.dataclass
class Comparison:
    """All contestants on one job. Rounds before and after which the probe was low are dropped."""

    measurements: list[Measurement]
    rounds: int = 0
    clean_rounds: int = 0


def _start(setting: Setting, contestant: Contestant, cpus: Sequence[int]) -> Engine:
    return Engine(contestant.command(setting.programs), cpus, setting.timeout_s)


def _open(setting: Setting, engine: Engine, contestant: Contestant, job: Job,
          keep: pathlib.Path | None, kept: bool) -> dict[str, Any]:
    return engine.ask(
        "open", model=str(job.model), threads=len(job.cpus), precision=contestant.precision,
        device=setting.device, keep=None if keep is None else str(keep),
        **{"from": "kept" if kept else "model"})


def start_once(setting: Setting, contestant: Contestant, job: Job, keep: pathlib.Path | None,
               kept: bool) -> Start:
    """A fresh process: opens the model and runs it twice."""
    with _start(setting, contestant, job.cpus) as engine:
        opened = _open(setting, engine, contestant, job, keep, kept)
        engine.ask("bind", inputs=job.inputs)
        first, second = engine.ask("run", seconds=0, at_least=2, discard=0, pause_ms=0)["ms"]
        peak = engine.ask("memory")["peak_rss_bytes"] - opened["rss_before_bytes"]
        return Start(opened["load_s"], first, second, peak)


def _best(starts: list[Start]) -> Start | None:
    return min(starts, key=lambda start: start.load_s, default=None)


def measure_starts(setting: Setting, job: Job, measurements: list[Measurement],
                   folder: pathlib.Path) -> None:
    """Opens the model in fresh processes, in turns; then what the engines kept of it."""
    first: dict[str, list[Start]] = {}
    later: dict[str, list[Start]] = {}
    for turn in range(setting.starts):
        for measurement in measurements:
            if measurement.start_refusal:
                continue
            contestant = measurement.contestant
            keep = folder / contestant.name
            try:
                first.setdefault(contestant.name, []).append(
                    start_once(setting, contestant, job, None, kept=False))
                if turn == 0:
                    keep.mkdir()
                    start_once(setting, contestant, job, keep, kept=False)
                later.setdefault(contestant.name, []).append(
                    start_once(setting, contestant, job, keep, kept=True))
            except EngineError as error:
                measurement.start_refusal = str(error)
    for measurement in measurements:
        measurement.first_start = _best(first.get(measurement.contestant.name, []))
        measurement.later_start = _best(later.get(measurement.contestant.name, []))


def _prepare(setting: Setting, job: Job, measurement: Measurement,
             folder: pathlib.Path) -> Engine | None:
    """An engine that has run once and left its outputs; None where it refuses. Tenon runs the plan
    it keeps, as its users do; the others what they make of the model, which is what is fastest."""
    contestant = measurement.contestant
    results = folder / f"{contestant.name} results"
    keep = folder / f"{contestant.name} plan"
    results.mkdir()
    keep.mkdir()
    engine = _start(setting, contestant, job.cpus)
    try:
        opened = _open(setting, engine, contestant, job,
                       keep if contestant.engine == "tenon" else None, kept=False)
        measurement.version = opened["version"]
        engine.ask("bind", inputs=job.inputs)
        engine.ask("run", seconds=0, at_least=1, discard=0, pause_ms=0)
        measurement.outputs = engine.ask("results", folder=str(results))["outputs"]
        return engine
    except EngineError as error:
        measurement.refusal = str(error)
        engine.close()
        return None


def _round(engines: list[tuple[Measurement, Engine]], turn: int) -> dict[str, list[float]]:
    """A block of runs of each engine; who begins changes from round to round. An engine that fails
    is taken out."""
    series = {}
    begin = turn % len(engines)
    for entry in engines[begin:] + engines[:begin]:
        measurement, engine = entry
        try:
            answer = engine.ask("run", seconds=BLOCK_S, at_least=1, discard=1, pause_ms=PAUSE_MS)
            series[measurement.contestant.name] = answer["ms"]
        except EngineError as error:
            measurement.refusal = str(error)
            engine.close()
            engines.remove(entry)
    return series


def _rounds(setting: Setting, cpus: Sequence[int],
            engines: list[tuple[Measurement, Engine]]) -> list[tuple[dict[str, list[float]], bool]]:
    """Series of each round, and whether the probes before and after it were good. Rounds that were
    not are made up for, for as long again."""
    watch = setting.watch
    series: list[dict[str, list[float]]] = []
    probes = [watch.look(cpus)]
    wanted_s = setting.seconds * len(engines)
    clean_s = total_s = 0.0
    while engines and clean_s < wanted_s and total_s < 2 * wanted_s:
        start = time.monotonic()
        series.append(_round(engines, len(series)))
        elapsed_s = time.monotonic() - start
        probes.append(watch.look(cpus))
        clean_s += elapsed_s * all(map(watch.is_clean, probes[-2:]))
        total_s += elapsed_s
    # A later probe may have shown that an early one was low.
    clean = [watch.is_clean(look) for look in probes]
    return [(block, before and after)
            for block, (before, after) in zip(series, itertools.pairwise(clean), strict=True)]


def measure_latency(setting: Setting, job: Job, measurements: list[Measurement],
                    folder: pathlib.Path) -> tuple[int, int]:
    """Runs the engines in turns; returns the number of rounds and how many of them were clean."""
    engines: list[tuple[Measurement, Engine]] = []
    try:
        for measurement in measurements:
            engine = _prepare(setting, job, measurement, folder)
            if engine is not None:
                engines.append((measurement, engine))
        rounds = _rounds(setting, job.cpus, engines)
    finally:
        for _, engine in engines:
            engine.close()
    clean = [series for series, good in rounds if good]
    for series in clean or [series for series, _ in rounds]:
        for measurement in measurements:
            measurement.ms += series.get(measurement.contestant.name, [])
    return len(rounds), len(clean)


def compare(setting: Setting, job: Job, with_starts: bool,
            check: Callable[[list[Measurement]], None]) -> Comparison:
    """Measures all contestants. `check` sees the measurements while the files of their outputs are
    there."""
    measurements = [Measurement(contestant) for contestant in CONTESTANTS]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        if with_starts:
            measure_starts(setting, job, measurements, folder)
        rounds, clean = measure_latency(setting, job, measurements, folder)
        check(measurements)
    return Comparison(measurements, rounds, clean)
