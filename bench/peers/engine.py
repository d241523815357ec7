"""The comparison's side of the protocol: an engine as a pinned process that answers requests."""

import json
import os
import pathlib
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import Any


class EngineError(Exception):
    """An engine refused a request, ended, or did not answer in time."""


class Engine:
    """A process with one engine, pinned to some CPUs. Close it, or use it in a with statement."""

    def __init__(self, command: Sequence[str], cpus: Sequence[int], timeout_s: float):
        pinned = ["taskset", "--cpu-list", ",".join(map(str, cpus)), *command]
        self._timeout_s = timeout_s
        self._complaints = tempfile.TemporaryFile()
        # Unbuffered, and read by hand: a buffer would hide answers from the selector.
        self._process = subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._complaints, bufsize=0)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests = self._process.stdin
        self._answers = self._process.stdout
        self._pending = b""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """The answer to one request. Raises EngineError."""
        request = json.dumps({"do": do, **fields}).encode() + b"\n"
        try:
            self._requests.write(request)
        except BrokenPipeError:
            raise EngineError(self._how_it_ended()) from None
        answer = json.loads(self._read_line())
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """Ends the process: it stops when its input does, and is killed where it has not."""
        self._requests.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._complaints.close()

    def _read_line(self) -> bytes:
        deadline = time.monotonic() + self._timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self._process.kill()
                    raise EngineError(f"no answer within {self._timeout_s:g} s")
                block = os.read(self._answers.fileno(), 1 << 16)
                if not block:
                    raise EngineError(self._how_it_ended())
                self._pending += block
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        self._complaints.seek(0)
        last = self._complaints.read().decode(errors="replace").strip().splitlines()[-1:]
        how = (f"was ended by {signal.Signals(-code).name}" if code < 0
               else f"ended with exit code {code}")
        return ": ".join([f"the process {how}", *last])


def write_inputs(feeds: dict[str, Any], folder: pathlib.Path) -> list[dict[str, Any]]:
    """Writes arrays as raw files, in the form that "bind" takes."""
    entries = []
    for index, (name, value) in enumerate(feeds.items()):
        file = folder / f"input_{index}.bin"
        file.write_bytes(value.tobytes())
        entries.append({"name": name, "type": str(value.dtype), "shape": list(value.shape),
                        "file": str(file)})
    return entries
