"""The engine's side of the protocol (docs/design/0015-one-process-an-engine.md), for engines with a
Python API. Requests come on stdin, answers go to stdout, a line of JSON each."""

import contextlib
import dataclasses
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy

Tensors = dict[str, numpy.ndarray]
Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Opening:
    """What is to be opened and how. `keep` is a folder in which an engine leaves what a later start
    can open instead of the model; with `kept` this is the later start."""

    model: str
    threads: int
    precision: str
    keep: str | None
    kept: bool


class Model(Protocol):
    """A model that an engine has loaded."""

    def bind(self, inputs: Tensors) -> None:
        """Takes the inputs of all runs to come."""

    def run(self) -> None:
        """Runs once and waits."""

    def results(self) -> Tensors:
        """The outputs of the last run, in the model's order."""


class _Server:
    """Answers requests, one method each."""

    def __init__(self, version: str, open_model: Callable[[Opening], Model]):
        self._version = version
        self._open_model = open_model
        self._opened: Model | None = None

    def answer(self, request: Json) -> Json:
        answers = {"open": self._open, "bind": self._bind, "run": self._run,
                   "results": self._results, "memory": self._memory}
        return answers[request["do"]](request)

    @property
    def _model(self) -> Model:
        if self._opened is None:
            raise ValueError("no model is open")
        return self._opened

    def _open(self, request: Json) -> Json:
        # Where the system forbids it, the peak counts from the start of the process.
        with contextlib.suppress(OSError):
            pathlib.Path("/proc/self/clear_refs").write_text("5")
        before = _status_bytes("VmRSS")
        start = time.perf_counter()
        self._opened = self._open_model(Opening(
            request["model"], request["threads"], request["precision"], request["keep"],
            request["from"] == "kept"))
        return {"version": self._version, "load_s": time.perf_counter() - start,
                "rss_before_bytes": before}

    def _bind(self, request: Json) -> Json:
        self._model.bind({
            entry["name"]: numpy.fromfile(entry["file"], entry["type"]).reshape(entry["shape"])
            for entry in request["inputs"]})
        return {}

    def _run(self, request: Json) -> Json:
        run = self._model.run
        clock = time.perf_counter
        time.sleep(request["pause_ms"] * 1e-3)
        for _ in range(request["discard"]):
            run()
        series: list[float] = []
        end = clock() + request["seconds"]
        while len(series) < request["at_least"] or clock() < end:
            begin = clock()
            run()
            series.append((clock() - begin) * 1e3)
        return {"ms": series}

    def _results(self, request: Json) -> Json:
        outputs = []
        for index, (name, value) in enumerate(self._model.results().items()):
            file = os.path.join(request["folder"], f"output_{index}.bin")
            numpy.ascontiguousarray(value).tofile(file)
            outputs.append({"name": name, "type": str(value.dtype), "shape": list(value.shape),
                            "file": file})
        return {"outputs": outputs}

    def _memory(self, _request: Json) -> Json:
        return {"peak_rss_bytes": _status_bytes("VmHWM")}


def _status_bytes(key: str) -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    return -1


def serve(version: str, open_model: Callable[[Opening], Model]) -> None:
    """Answers requests until the input ends."""
    server = _Server(version, open_model)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # What a library prints must not look like an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        answer: Json
        try:
            answer = {"ok": server.answer(json.loads(line))}
        except Exception as error:
            # Whatever an engine raises is its answer.
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
