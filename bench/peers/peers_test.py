"""The comparison without the peers: protocol, turns, and the table.

    python3 -m bench.peers.peers_test TENON_ENGINE MACHINE_PROBE [unittest arguments]

Uses the standard library only: engines are tenon_engine, and scripts that speak the protocol.
"""

import array
import dataclasses
import json
import pathlib
import sys
import tempfile
import unittest
from typing import Any
from unittest import mock

from bench.peers import contestants, machine, measure, report
from bench.peers.engine import Engine, EngineError, write_inputs

TENON_ENGINE = pathlib.Path()
MACHINE_PROBE = pathlib.Path()
DIGITS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits" / "model.onnx"

# An engine whose runs take the time of its first argument; the second says what it does wrong.
FAKE = '''
import json, sys
ms, fault = float(sys.argv[1]), sys.argv[2]
blocks = 0
for line in sys.stdin:
    request = json.loads(line)
    do = request["do"]
    if do == "open":
        answer = {"ok": {"version": "7", "load_s": 0.5, "rss_before_bytes": 1000}}
        if fault == "refuses" or fault == "forgets" and request["from"] == "kept":
            answer = {"error": "Unsupported: op Conv"}
    elif do == "run":
        blocks += 1
        if fault == "dies" and blocks == 3:
            sys.exit("no luck")
        answer = {"ok": {"ms": [ms] * max(2, request["at_least"])}}
    elif do == "memory":
        answer = {"ok": {"peak_rss_bytes": 5000}}
    else:
        answer = {"ok": {"outputs": []}}
    print(json.dumps(answer), flush=True)
'''


@dataclasses.dataclass(frozen=True)
class Tensor:
    """What write_inputs() needs of an array."""

    shape: tuple[int, ...]
    dtype: str
    data: bytes

    def tobytes(self) -> bytes:
        return self.data


def picture() -> Tensor:
    return Tensor((1, 1, 28, 28), "float32", array.array("f", range(784)).tobytes())


class Scratch(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.cpus = machine.allowed_cpus()[:1]

    def script(self, text: str) -> list[str]:
        path = self.folder / "engine.py"
        path.write_text(text)
        return [sys.executable, str(path)]


class TenonEngine(Scratch):
    def start(self) -> Engine:
        engine = Engine([str(TENON_ENGINE)], self.cpus, timeout_s=60)
        self.addCleanup(engine.close)
        return engine

    def open(self, engine: Engine, **changes: Any) -> dict[str, Any]:
        request = {"model": str(DIGITS), "threads": 1, "precision": "f32", "device": "cpu",
                   "keep": None, "from": "model"} | changes
        return engine.ask("open", **request)

    def results(self, engine: Engine) -> bytes:
        engine.ask("bind", inputs=write_inputs({"Input3": picture()}, self.folder))
        times = engine.ask("run", seconds=0, at_least=3, discard=1, pause_ms=1)["ms"]
        self.assertEqual(len(times), 3)
        self.assertTrue(all(ms > 0 for ms in times))
        (output,) = engine.ask("results", folder=str(self.folder))["outputs"]
        self.assertEqual((output["type"], output["shape"]), ("float32", [1, 10]))
        return pathlib.Path(output["file"]).read_bytes()

    def test_gives_the_same_from_the_model_and_from_the_plan_it_kept(self) -> None:
        engine = self.start()
        opened = self.open(engine)
        self.assertGreater(opened["load_s"], 0)
        want = self.results(engine)
        self.assertEqual(len(want), 40)
        self.assertGreater(engine.ask("memory")["peak_rss_bytes"], opened["rss_before_bytes"])
        keeping = self.start()
        self.open(keeping, keep=str(self.folder))
        self.assertTrue((self.folder / "model.plan").is_file())
        self.assertEqual(self.results(keeping), want)
        later = self.start()
        self.open(later, keep=str(self.folder), **{"from": "kept"})
        self.assertEqual(self.results(later), want)

    def test_answers_errors_and_goes_on(self) -> None:
        engine = self.start()
        for text, request in (
                ("no model is open", {"do": "bind", "inputs": []}),
                ("unknown request dance", {"do": "dance"}),
                ("malformed request", {"do": "open"}),
        ):
            with self.assertRaisesRegex(EngineError, text):
                engine.ask(**request)
        with self.assertRaisesRegex(EngineError, "NotFound.*no/such"):
            self.open(engine, model="no/such.onnx")
        with self.assertRaisesRegex(EngineError, "no/such/file"):
            self.open(engine)
            engine.ask("bind", inputs=[{"name": "Input3", "type": "float32",
                                        "shape": [1, 1, 28, 28], "file": "no/such/file"}])
        self.results(engine)


class Processes(Scratch):
    def ask(self, text: str, timeout_s: float = 60) -> None:
        with Engine(self.script(text), self.cpus, timeout_s) as engine:
            engine.ask("open")

    def test_that_end_say_how(self) -> None:
        with self.assertRaisesRegex(EngineError, "exit code 1: no luck"):
            self.ask("import sys; sys.stdin.readline(); sys.exit('no luck')")
        with self.assertRaisesRegex(EngineError, "ended by SIGKILL"):
            self.ask("import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)")

    def test_that_do_not_answer_are_given_up(self) -> None:
        with self.assertRaisesRegex(EngineError, "no answer within 0.5 s"):
            self.ask("import time; time.sleep(60)", timeout_s=0.5)


class Turns(Scratch):
    """measure.compare() with engines that are scripts and a probe that is made up."""

    def compare(self, faults: dict[str, str], probes: list[float]) -> measure.Comparison:
        command = self.script(FAKE)

        class Fake(contestants.Contestant):
            def command(self, programs: pathlib.Path) -> list[str]:
                del programs
                ms = "2" if self.name == "tenon" else "4"
                return [*command, ms, faults.get(self.name, "")]

        fakes = (Fake("tenon", "tenon", "f32"), Fake("peer", "peer", "f32", is_peer=True))
        watch = machine.Watch(self.folder,
                              machine.Probe("avx2", [0], [10.0], alone_gflops=[10.0]))
        # The last value holds for all probes to come.
        values = iter(probes)
        rate = 0.0

        def probe(*_arguments: object, **_options: object) -> machine.Probe:
            nonlocal rate
            rate = next(values, rate)
            return machine.Probe("avx2", [0], [rate])

        setting = measure.Setting(self.folder, "cpu", 0.1, 1, 60, watch)
        job = measure.Job(DIGITS, [], self.cpus)
        with mock.patch.object(measure, "CONTESTANTS", fakes), \
                mock.patch.object(machine, "probe", probe):
            return measure.compare(setting, job, True, lambda _measurements: None)

    def test_measure_every_contestant(self) -> None:
        compared = self.compare({}, [10])
        tenon, peer = compared.measurements
        self.assertGreater(compared.rounds, 0)
        self.assertEqual(compared.clean_rounds, compared.rounds)
        self.assertEqual((tenon.min_ms, peer.median_ms), (2, 4))
        self.assertEqual(len(tenon.ms), 2 * compared.rounds)
        self.assertEqual(tenon.first_start, measure.Start(0.5, 2, 2, 4000))
        self.assertEqual(peer.later_start, measure.Start(0.5, 4, 4, 4000))

    def test_drop_rounds_beside_a_low_probe(self) -> None:
        compared = self.compare({}, [10, 5, 10])
        self.assertEqual(compared.rounds - compared.clean_rounds, 2)
        self.assertEqual(len(compared.measurements[0].ms), 2 * compared.clean_rounds)

    def test_drop_rounds_that_a_later_probe_shows_to_be_low(self) -> None:
        compared = self.compare({}, [10, 10, 20])
        self.assertEqual(compared.rounds - compared.clean_rounds, 2)

    def test_keep_all_rounds_where_none_is_clean(self) -> None:
        compared = self.compare({}, [5])
        self.assertEqual(compared.clean_rounds, 0)
        self.assertEqual(len(compared.measurements[0].ms), 2 * compared.rounds)

    def test_go_on_without_an_engine_that_refuses(self) -> None:
        tenon, peer = self.compare({"tenon": "refuses"}, [10]).measurements
        self.assertEqual((tenon.refusal, tenon.ms), ("Unsupported: op Conv", []))
        self.assertTrue(peer.ms)

    def test_go_on_where_a_start_fails(self) -> None:
        tenon = self.compare({"tenon": "forgets"}, [10]).measurements[0]
        self.assertEqual((tenon.refusal, tenon.start_refusal), ("", "Unsupported: op Conv"))
        self.assertIsNotNone(tenon.first_start)
        self.assertIsNone(tenon.later_start)
        self.assertTrue(tenon.ms)

    def test_go_on_without_an_engine_that_dies(self) -> None:
        tenon, peer = self.compare({"tenon": "dies"}, [10]).measurements
        self.assertIn("no luck", tenon.refusal)
        self.assertGreater(len(peer.ms), len(tenon.ms))


class Machine(unittest.TestCase):
    def test_is_probed(self) -> None:
        cpus = machine.allowed_cpus()
        with mock.patch.object(machine, "PROBE_S", 0.01):
            full = machine.probe(MACHINE_PROBE.parent, cpus)
            quick = machine.probe(MACHINE_PROBE.parent, cpus, together=True)
        self.assertIn(full.isa, ("avx512", "avx2", "portable"))
        for rates in (full.alone_gflops, full.together_gflops, full.alone_gb_per_s,
                      full.together_gb_per_s, quick.together_gflops):
            self.assertEqual(len(rates), len(cpus))
            self.assertTrue(all(rate > 0 for rate in rates))
        self.assertEqual(quick.alone_gflops, [])

    def test_is_not_clean_where_two_cpus_share_a_core(self) -> None:
        watch = machine.Watch(MACHINE_PROBE.parent,
                              machine.Probe("avx512", [0, 1], [], alone_gflops=[112, 113]))
        self.assertTrue(watch.is_clean(machine.Probe("avx512", [0, 1], [108, 105])))
        self.assertFalse(watch.is_clean(machine.Probe("avx512", [0, 1], [57, 57])))
        self.assertTrue(watch.is_clean(machine.Probe("avx512", [1], [100])))


class Table(Scratch):
    def rows(self) -> list[report.Row]:
        tenon, runtime, vino, default = map(measure.Measurement, contestants.CONTESTANTS)
        tenon.ms, runtime.ms, vino.ms, default.ms = [2, 4, 9], [5, 6], [4, 8], [1, 1]
        tenon.error, vino.error, default.error = 2e-3, 1e-6, 5e-2
        tenon.first_start = measure.Start(0.25, 9, 8, 3_000_000)
        runtime.refusal = "a|b\nc"
        vino.start_refusal = "later"
        compared = measure.Comparison([tenon, runtime, vino, default], rounds=2, clean_rounds=0)
        return report.rows_of("net", 1, 2, compared, allowed_error=1e-4)

    def test_holds_tenon_against_the_best_peer(self) -> None:
        tenon, runtime, _, default = self.rows()
        self.assertEqual((tenon.against_min, tenon.against_median), (4 / 2, 5.5 / 4))
        self.assertIsNone(runtime.against_min)
        self.assertIsNone(default.against_min)

    def test_judges_results_of_the_same_precision(self) -> None:
        self.assertEqual([row.agrees for row in self.rows()], [False, None, True, None])

    def test_is_markdown(self) -> None:
        lines = report.to_markdown(self.rows()).splitlines()
        self.assertEqual(len(lines), 6)
        cells = [cell.strip() for cell in lines[2].split(" | ")]
        self.assertEqual(len(cells), len(report.COLUMNS))
        self.assertEqual(cells[1:7], ["1", "2", "tenon", "2.00 / 4.00", "2.00 / 1.38", "2.0e-03"])
        self.assertEqual(cells[7:9], ["0.250 / -", "9.00 / 8.00"])
        self.assertIn("**result differs**; cores were not free in any round", lines[2])
        self.assertIn("a\\|b c", lines[3])
        self.assertIn("no start: later", lines[4])

    def test_is_json_without_infinities(self) -> None:
        probe = machine.Probe("avx2", [0], [1.0])
        rows = [dataclasses.replace(row, error=float("inf")) for row in self.rows()]
        content = report.to_json({"cpu": "x"}, probe, probe, rows)
        self.assertEqual(content["schema"], "tenon.peers/1")
        self.assertEqual([row["error"] for row in content["rows"]], [None] * 4)
        json.dumps(content, allow_nan=False)

    def test_goes_between_the_markers_of_the_page(self) -> None:
        page = self.folder / "page.md"
        page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
        report.write_page("new \\1\n", page)
        want = f"before\n{report.BEGIN}\nnew \\1\n{report.END}\nafter\n"
        self.assertEqual(page.read_text(), want)
        page.write_text("no markers")
        with self.assertRaisesRegex(ValueError, "page.md"):
            report.write_page("new", page)

    def test_has_a_place_in_the_documentation(self) -> None:
        text = report.PAGE.read_text()
        self.assertEqual((text.count(report.BEGIN), text.count(report.END)), (1, 1))


if __name__ == "__main__":
    TENON_ENGINE, MACHINE_PROBE = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
