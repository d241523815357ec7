"""How long a newcomer waits: the README's demo in a fresh clone, the demo again, an edit.

    python3 -m bench.first_run

Clones the checkout, as it is committed, into a temporary folder, with an empty home and without the
compiler's cache, so that nothing built before helps; packages that are installed stay. Prints each
time beside its limit; exit code 1 where one is over it or the demo names a type wrongly. Takes as
long as two builds do, and needs a network for the model.
"""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TYPES = {"README.md": "markdown", "src/graph/graph.cc": "cpp", "/bin/ls": "elf"}
EDITED = "src/ops/conv.cc"


@dataclasses.dataclass
class Checks:
    """Prints what was measured and counts what is over its limit."""

    failed: int = 0

    def add(self, what: str, value: float, limit: float, unit: str) -> None:
        good = value <= limit
        self.failed += not good
        print(f"{what:<52} {value:8.2f} {unit:<2} of {limit:g} {'ok' if good else 'FAILED'}",
              flush=True)


@dataclasses.dataclass
class Clone:
    """A fresh clone and the environment of its commands."""

    folder: pathlib.Path
    environment: dict[str, str]

    def timed(self, *command: str) -> tuple[float, str]:
        """Seconds, and what was printed."""
        start = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, env=self.environment, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
        return time.monotonic() - start, done.stdout


def make_clone(scratch: pathlib.Path) -> Clone:
    folder = scratch / "tenon"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    home = scratch / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("XDG_", "TENON_", "CCACHE_"))}
    return Clone(folder, environment | {"HOME": str(home), "CCACHE_DISABLE": "1"})


def plan_load_ms(clone: Clone, scratch: pathlib.Path) -> float:
    """The least of nine."""
    plan = scratch / "home" / ".cache" / "tenon" / "filetype.plan"
    command = ["build/release/bin/tenon", "bench", str(plan), "--duration", "0", "--warmup", "0",
               "--iterations", "1", "--shape", "bytes:1x2048"]
    clone.timed("cmake", "--build", "build/release", "--target", "tenon_cli")
    loads = []
    for _ in range(9):
        _, text = clone.timed(*command)
        loads.append(float(re.search(r"load ([0-9.]+) ms", text).group(1)))
    return min(loads)


def main() -> int:
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        clone = make_clone(scratch)
        first, text = clone.timed("./dev", "demo", *TYPES)
        checks.add("./dev demo in a fresh clone", first, 600, "s")
        for file, kind in TYPES.items():
            found = re.search(rf"^{re.escape(file)}\s+(\S+)", text, re.MULTILINE)
            wrong = found is None or found.group(1) != kind
            checks.add(f"{file} told as {found.group(1) if found else 'nothing'}", wrong, 0, "")
        again, _ = clone.timed("./dev", "demo", *TYPES)
        checks.add("./dev demo again", again, 5, "s")
        checks.add("loading the demo's plan", plan_load_ms(clone, scratch), 5, "ms")
        clone.timed("./dev")
        with open(clone.folder / EDITED, "a", encoding="utf-8") as source:
            source.write("\n")
        edited, _ = clone.timed("./dev")
        checks.add(f"./dev after an edit of {EDITED}", edited, 60, "s")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
