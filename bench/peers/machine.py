"""The machine: what it is, and what it gives at the moment."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import subprocess
from collections.abc import Sequence

# A loop of this length tells whether two virtual cores are at the moment threads of one core, which
# halves their sum; clocks alone move it by a tenth.
PROBE_S = 0.15
LEAST_SHARE = 0.8


@dataclasses.dataclass(frozen=True)
class Probe:
    """Rates of single CPUs and of all together, in the order of `cpus`."""

    isa: str
    cpus: list[int]
    together_gflops: list[float]
    alone_gflops: list[float] = dataclasses.field(default_factory=list)
    alone_gb_per_s: list[float] = dataclasses.field(default_factory=list)
    together_gb_per_s: list[float] = dataclasses.field(default_factory=list)


def probe(programs: pathlib.Path, cpus: Sequence[int], together: bool = False) -> Probe:
    """Measures some CPUs; `together` leaves out single ones and memory."""
    command = [str(programs / "machine_probe"), ",".join(map(str, cpus)), str(PROBE_S)]
    done = subprocess.run(command + ["--together"] * together, check=True, capture_output=True,
                          text=True)
    return Probe(**json.loads(done.stdout))


class Watch:
    """Judges whether CPUs are free, by the best rate that any CPU has shown so far: a machine that
    was busy at the start is found out as soon as it is not."""

    def __init__(self, programs: pathlib.Path, first: Probe):
        self._programs = programs
        self._best_gflops = max(first.alone_gflops)

    def look(self, cpus: Sequence[int]) -> Probe:
        """Measures some CPUs together."""
        measured = probe(self._programs, cpus, together=True)
        self._best_gflops = max(self._best_gflops, *measured.together_gflops)
        return measured

    def is_clean(self, measured: Probe) -> bool:
        """Whether the CPUs gave together what they can give alone."""
        wanted = LEAST_SHARE * self._best_gflops * len(measured.cpus)
        return sum(measured.together_gflops) >= wanted


def allowed_cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def description(versions: dict[str, str]) -> dict[str, object]:
    """What a reader must know of the machine and the software to judge figures."""
    cpu = _cpu_info()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "cpu": cpu.get("model name", platform.machine()),
        "cpu_family": "/".join(cpu.get(key, "?") for key in ("cpu family", "model", "stepping")),
        "cores": len(allowed_cpus()),
        "caches": _caches(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _cpu_info() -> dict[str, str]:
    """The first processor of /proc/cpuinfo."""
    path = pathlib.Path("/proc/cpuinfo")
    first = path.read_text().split("\n\n")[0] if path.exists() else ""
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _caches() -> dict[str, str]:
    """Sizes as the kernel gives them: L1d, L2, L3 …"""
    sizes = {}
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (index / "type").read_text().strip()
        if kind != "Instruction":
            level = (index / "level").read_text().strip()
            name = f"L{level}{'d' if kind == 'Data' else ''}"
            sizes[name] = (index / "size").read_text().strip()
    return sizes
