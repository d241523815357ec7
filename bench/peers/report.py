"""The comparison as a table: Markdown, JSON, and the page of the documentation."""

import dataclasses
import math
import pathlib
import re
from collections.abc import Iterable
from typing import Any

from bench import files
from bench.peers.contestants import TENON
from bench.peers.machine import Probe
from bench.peers.measure import Comparison, Measurement, Start

SCHEMA = "tenon.peers/1"
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN = "<!-- peers: begin -->"
END = "<!-- peers: end -->"
# Of a reason why there are no figures.
MAX_NOTE = 160


@dataclasses.dataclass(frozen=True)
class Row:
    """One engine on one model. `against_*` is the best peer's time over that of this engine, for
    Tenon only: above 1 it is faster."""

    model: str
    batch: int
    threads: int
    engine: str
    version: str
    runs: int
    rounds: int
    clean_rounds: int
    min_ms: float | None
    median_ms: float | None
    against_min: float | None
    against_median: float | None
    error: float | None
    agrees: bool | None
    first_start: Start | None
    later_start: Start | None
    refusal: str
    start_refusal: str


def rows_of(model: str, batch: int, threads: int, comparison: Comparison,
            allowed_error: float | None) -> list[Row]:
    """`allowed_error` judges the results of f32 engines; None leaves them unjudged."""
    peers = [m for m in comparison.measurements if m.contestant.is_peer and m.ms]
    return [_row(model, batch, threads, comparison, measurement, peers, allowed_error)
            for measurement in comparison.measurements]


def _row(model: str, batch: int, threads: int, comparison: Comparison, measured: Measurement,
         peers: list[Measurement], allowed_error: float | None) -> Row:
    compared = bool(measured.contestant == TENON and measured.ms and peers)
    agrees = None
    # Lower precision is another result by intention.
    if measured.contestant.precision == "f32" and not (measured.error is None or
                                                       allowed_error is None):
        agrees = measured.error <= allowed_error
    return Row(
        model=model, batch=batch, threads=threads, engine=measured.contestant.name,
        version=measured.version, runs=len(measured.ms), rounds=comparison.rounds,
        clean_rounds=comparison.clean_rounds,
        min_ms=measured.min_ms if measured.ms else None,
        median_ms=measured.median_ms if measured.ms else None,
        against_min=min(p.min_ms for p in peers) / measured.min_ms if compared else None,
        against_median=min(p.median_ms for p in peers) / measured.median_ms if compared else None,
        error=measured.error, agrees=agrees,
        first_start=measured.first_start, later_start=measured.later_start,
        refusal=measured.refusal, start_refusal=measured.start_refusal)


def to_json(machine: dict[str, object], before: Probe, after: Probe,
            rows: Iterable[Row]) -> dict[str, Any]:
    """Everything; what was not measured is null, as is an error beyond all bounds."""
    content = [dataclasses.asdict(row) for row in rows]
    for row in content:
        if row["error"] is not None and not math.isfinite(row["error"]):
            row["error"] = None
    return {"schema": SCHEMA, "machine": machine, "probe_before": dataclasses.asdict(before),
            "probe_after": dataclasses.asdict(after), "rows": content}


def _number(value: float | None, digits: int = 3) -> str:
    """With so many significant digits; a dash for what was not measured."""
    if value is None:
        return "-"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def _pair(first: float | None, second: float | None, digits: int = 3) -> str:
    if first is None and second is None:
        return "-"
    return f"{_number(first, digits)} / {_number(second, digits)}"


def _figures(start: Start | None) -> tuple[float | None, ...]:
    """Seconds of the load, milliseconds of the two runs, megabytes."""
    if start is None:
        return (None,) * 4
    return (start.load_s, start.first_run_ms, start.second_run_ms, start.peak_rss_bytes * 1e-6)


def _starts(first: Start | None, later: Start | None) -> tuple[str, str, str, str]:
    """Load, runs after the first start, runs after the later one, and memory."""
    load, run1, run2, memory = _figures(first)
    later_load, later_run1, later_run2, later_memory = _figures(later)
    return (_pair(load, later_load), _pair(run1, run2), _pair(later_run1, later_run2),
            _pair(memory, later_memory))


def _note(row: Row) -> str:
    notes = []
    if row.refusal:
        notes.append(_shortened(row.refusal))
    elif row.start_refusal:
        notes.append(f"no start: {_shortened(row.start_refusal)}")
    if row.agrees is False:
        notes.append("**result differs**")
    if row.rounds and not row.clean_rounds:
        notes.append("cores were not free in any round")
    return "; ".join(notes)


def _shortened(reason: str) -> str:
    """On one line, as a cell of a table can hold it."""
    line = " ".join(reason.split()).replace("|", "\\|")
    return line if len(line) <= MAX_NOTE else f"{line[:MAX_NOTE]}…"


COLUMNS = (
    "model", "batch", "threads", "engine", "min / median ms", "best peer / Tenon, min / median",
    "error", "load s, first / later", "first / second run ms", "later: first / second run ms",
    "peak RSS MB, first / later", "notes",
)


def to_markdown(rows: Iterable[Row]) -> str:
    lines = [f"| {' | '.join(COLUMNS)} |", "| " + " | ".join("---" for _ in COLUMNS) + " |"]
    for row in rows:
        cells = (row.model, row.batch, row.threads, row.engine,
                 _pair(row.min_ms, row.median_ms), _pair(row.against_min, row.against_median),
                 "-" if row.error is None else f"{row.error:.1e}",
                 *_starts(row.first_start, row.later_start), _note(row))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def describe(machine: dict[str, Any], before: Probe, after: Probe) -> str:
    """A paragraph on the machine and what it gave before and after."""
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())

    def rates(each: list[float], together: list[float]) -> str:
        return f"{' + '.join(_number(r) for r in each)} alone, {_number(sum(together))} together"

    return (
        f"{machine['date']}, {machine['cpu']} (family/model/stepping {machine['cpu_family']}), "
        f"{machine['cores']} CPUs, {caches}, {machine['memory_gib']} GiB, {machine['kernel']}.\n"
        f"{versions}; Python {machine['python']}.\n"
        f"f32 {before.isa}, GFLOP/s: {rates(before.alone_gflops, before.together_gflops)} before; "
        f"{rates(after.alone_gflops, after.together_gflops)} after.\n"
        f"Memory, GB/s read: {rates(before.alone_gb_per_s, before.together_gb_per_s)} before; "
        f"{rates(after.alone_gb_per_s, after.together_gb_per_s)} after.\n")


def write_page(text: str, page: pathlib.Path = PAGE) -> None:
    """Puts a text between the markers of the page. Raises ValueError where it has none."""
    content = page.read_text()
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(content):
        raise ValueError(f"{page} has no lines {BEGIN} and {END}")
    block = f"{BEGIN}\n{text.strip()}\n{END}"
    files.write(page, pattern.sub(lambda _match: block, content, count=1).encode())
