#!/usr/bin/env python3
"""What scripts rely on: exit codes, JSON, files that are whole or absent, errors that name the thing.

    cli_test.py TENON [unittest arguments]

TENON is the program; the digit model of examples/digits gives it something real to do.
"""

import json
import os
import pathlib
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import onnx_bytes as ob

TENON = ""
ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits" / "model.onnx"
DIGITS_DATA = ROOT / "examples" / "digits" / "test_data_set_0"


def npy(dims, floats):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({''.join(f'{d}, ' for d in dims)}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(
        f"<{len(floats)}f", *floats)


def read_npy(path):
    raw = pathlib.Path(path).read_bytes()
    size = struct.unpack("<H", raw[8:10])[0]
    body = raw[10 + size:]
    return raw[10:10 + size].decode(), list(struct.unpack(f"<{len(body) // 4}f", body))


class Cli(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.model = self.write("small.onnx", ob.small_model())
        self.addCleanup(self.temporary.cleanup)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run_tenon(self, *arguments, code=0, **options):
        done = subprocess.run([TENON, *map(str, arguments)], capture_output=True, text=True,
                              check=False, cwd=self.folder, **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def json_of(self, *arguments, code=0):
        done = self.run_tenon(*arguments, "--json", "-", code=code)
        report = json.loads(done.stdout)
        self.assertEqual(report["schema"], f"tenon.{arguments[0]}/1")
        self.assertEqual(report["command"], arguments[0])
        self.assertTrue(report["version"])
        return report

    def fails(self, *arguments, kind, text, code=1):
        """An error on stderr and in the JSON, and nothing new in the folder."""
        before = sorted(self.folder.iterdir())
        done = self.run_tenon(*arguments, "--json", "-", code=code)
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["kind"], kind)
        self.assertIn(text, error["message"])
        self.assertIn(text, done.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), before, "something was left behind")
        return error

    def build(self):
        self.run_tenon("build", self.model, "-o", "small.plan")
        return self.folder / "small.plan"


class Build(Cli):
    def test_reports_what_it_did(self):
        report = self.json_of("build", self.model, "-o", "small.plan")
        plan = self.folder / "small.plan"
        self.assertEqual(report["plan_bytes"], plan.stat().st_size)
        import hashlib
        self.assertEqual(report["plan_sha256"], hashlib.sha256(plan.read_bytes()).hexdigest())
        self.assertGreater(report["build_s"], 0)
        self.assertEqual([layer["op"] for layer in report["layers"]], ["Add", "Relu"])
        self.assertEqual([p["name"] for p in report["phases"]],
                         ["import", "optimize", "assign", "write"])
        self.assertEqual(report["guessed_inputs"], ["x"])
        for key in ("tactics_timed", "cache_hits", "cache_misses", "misses", "peak_device_bytes",
                    "peak_host_bytes", "peak_by_kind"):
            self.assertIn(key, report)

    def test_gives_the_same_bytes_everywhere(self):
        first = self.build().read_bytes()
        (self.folder / "elsewhere").mkdir()
        self.run_tenon("build", self.model, "-o", "elsewhere/again.plan", "--threads", 2)
        self.assertEqual((self.folder / "elsewhere/again.plan").read_bytes(), first)

    def test_keeps_the_old_plan_when_it_fails(self):
        plan = self.build()
        before = plan.read_bytes()
        bad = self.write("bad.onnx", ob.small_model()[:-20])
        self.fails("build", bad, "-o", "small.plan", kind="CorruptData", text="bad.onnx")
        self.assertEqual(plan.read_bytes(), before)

    def test_refuses_outputs_that_cannot_be_written(self):
        self.fails("build", self.model, "-o", "no/such/folder.plan", kind="NotFound", text="no/such")
        self.fails("build", self.model, "-o", "/dev/full", kind="IoError", text="/dev/full")
        self.fails("build", self.model, "-o", ".", kind="InvalidArgument", text="folder")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_refuses_a_folder_without_rights(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o500)
        self.fails("build", self.model, "-o", "locked/x.plan", kind="IoError", text="locked")

    def test_applies_profiles_at_run_time(self):
        self.run_tenon("build", self.model, "-o", "small.plan", "--min", "x:1x3", "--opt", "x:2x3",
                       "--max", "x:4x3")
        x = self.write("x.npy", npy([5, 3], [0] * 15))
        self.fails("run", "small.plan", "--input", f"x={x}", kind="InvalidArgument",
                   text="has 5 at axis 0; the plan's profile allows 1 to 4")

    def test_fixes_shapes(self):
        self.run_tenon("build", self.model, "-o", "small.plan", "--shape", "x:2x3")
        report = self.json_of("inspect", "small.plan")
        self.assertEqual(report["inputs"][0]["dims"], [2, 3])

    def test_leaves_out_a_pass_by_name(self):
        done = self.run_tenon("build", self.model, "-o", "small.plan", "--disable-pass",
                              "fold-constants", "--show-passes")
        self.assertNotIn("pass fold-constants", done.stderr)
        self.assertIn("pass remove-dead", done.stderr)
        self.fails("build", self.model, "-o", "x.plan", "--disable-pass", "no-such-pass",
                   kind="NotFound", text="no-such-pass")

    def test_stops_at_an_interrupt_and_keeps_what_was_measured(self):
        process = subprocess.Popen([TENON, "bench", str(self.model), "--duration", "60",
                                    "--warmup", "0", "--json", "-"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        report = json.loads(stdout)
        self.assertEqual(report["error"]["kind"], "Cancelled")
        self.assertGreater(report["iterations"], 0)
        self.assertGreater(report["latency_ms"]["median"], 0)


class Run(Cli):
    def test_writes_outputs_from_model_and_plan_on_every_device(self):
        x = self.write("x.npy", npy([2, 3], [1, -5, 3, 0, 0, 9]))
        want = [2, 0, 0, 1, 2, 6]
        for device in ("cpu", "null:1"):
            self.run_tenon("build", self.model, "-o", "d.plan", "--device", device)
            for model in (self.model, "d.plan"):
                report = self.json_of("run", model, "--device", device, "--input", f"x={x}",
                                      "--output", "out")
                self.assertEqual(report["outputs"][0]["shape"], [2, 3])
                self.assertEqual(read_npy(report["outputs"][0]["file"])[1]
                                 if os.path.isabs(report["outputs"][0]["file"])
                                 else read_npy(self.folder / report["outputs"][0]["file"])[1], want)

    def test_matches_the_reference_data_of_the_digit_model(self):
        for device in ("cpu", "null"):
            self.run_tenon("build", DIGITS, "-o", "digits.plan", "--device", device)
            for model in (DIGITS, "digits.plan"):
                self.run_tenon("run", model, "--device", device, "--inputs-from", DIGITS_DATA,
                               "--expect", DIGITS_DATA, "--rtol", "1e-5", "--atol", "1e-3")

    def test_exits_with_3_where_an_output_differs(self):
        x = self.write("x.npy", npy([1, 3], [1, 1, 1]))
        y = self.write("y.npy", npy([1, 3], [2, 3.5, 0]))
        report = self.json_of("run", self.model, "--input", f"x={x}", "--expect", f"y={y}", code=3)
        self.assertEqual(report["mismatches"],
                         [{"name": "y", "index": 1, "got": 3.0, "want": 3.5}])
        z = self.write("z.npy", npy([3], [2, 3, 0]))
        report = self.json_of("run", self.model, "--input", f"x={x}", "--expect", f"y={z}", code=3)
        self.assertEqual(report["mismatches"][0]["index"], -1)

    def test_makes_literals_and_reproducible_random_inputs(self):
        self.run_tenon("run", self.model, "--input", "x=@random:7", "--shape", "x:4x3", "--output",
                       "a")
        self.run_tenon("run", self.model, "--input", "x=@random:7", "--shape", "x:4x3", "--output",
                       "b")
        self.assertEqual((self.folder / "a/y.npy").read_bytes(),
                         (self.folder / "b/y.npy").read_bytes())
        self.fails("run", self.model, "--input", "x=@random", kind="InvalidArgument",
                   text="--shape x")
        self.fails("run", self.model, "--input", "x=@random:q", "--shape", "x:1x3",
                   kind="InvalidArgument", text="@random[:seed[:low:high]]")
        self.fails("run", self.model, "--input", "x=@[1,2,3]", kind="InvalidArgument", text="'x'")

    def test_asks_for_inputs_that_are_missing(self):
        self.fails("run", self.model, kind="InvalidArgument", text="input 'x'")
        self.fails("run", self.model, "--input", "q=@random", kind="NotFound", text="'q'")
        self.fails("run", self.model, "--input", "x=none.npy", kind="NotFound", text="none.npy")

    def test_refuses_inputs_of_another_type_or_shape(self):
        x = self.write("x.npy", npy([2, 4], [0] * 8))
        self.fails("run", self.model, "--input", f"x={x}", kind="InvalidArgument",
                   text="cannot take the shape [2,4]")
        ints = self.write("i.npy", npy([1, 3], [0] * 3).replace(b"<f4", b"<i4"))
        self.fails("run", self.model, "--input", f"x={ints}", kind="InvalidArgument",
                   text="has type f32, and the bound tensor i32")
        cut = self.write("c.npy", npy([1, 3], [0] * 3)[:-4])
        self.fails("run", self.model, "--input", f"x={cut}", kind="CorruptData", text="c.npy")

    def test_checks_every_node(self):
        done = self.run_tenon("run", self.model, "--input", "x=@random", "--shape", "x:2x3",
                              "--check")
        self.assertIn("2 of 2 values agree", done.stdout)
        self.fails("run", self.build(), "--input", "x=@random", "--check", kind="InvalidArgument",
                   text="is a plan", code=2)

    def test_shows_the_largest_elements_with_labels(self):
        labels = self.write("labels.txt", b"red\ngreen\nblue\n")
        x = self.write("x.npy", npy([1, 3], [5, 1, 4]))
        done = self.run_tenon("run", self.model, "--input", f"x={x}", "--show", 2, "--labels",
                              labels)
        self.assertRegex(done.stdout, r"(?s)6  red.*3  green")
        self.assertNotIn("blue", done.stdout)


class Others(Cli):
    def test_bench_reports_every_key(self):
        report = self.json_of("bench", self.model, "--duration", "0.05", "--warmup", "1",
                              "--profile", "--contexts", "2")
        self.assertGreaterEqual(report["iterations"], 20)
        for key in ("min", "mean", "median", "p90", "p95", "p99", "max", "cv"):
            self.assertIn(key, report["latency_ms"])
            self.assertIn(key, report["enqueue_ms"])
        self.assertLessEqual(report["latency_ms"]["min"], report["latency_ms"]["median"])
        self.assertEqual(len(report["layers"]), 2)
        self.assertEqual(set(report["memory"]), {"weights", "persistent", "activations", "workspace",
                                                 "io", "code", "foreign", "total"})
        self.assertEqual(report["memory"]["total"]["predicted"],
                         report["memory"]["total"]["allocated"])
        for key in ("device", "precision", "threads", "throughput_per_s", "load_s", "first_run_ms",
                    "idle"):
            self.assertIn(key, report)

    def test_bench_compares_with_a_saved_report(self):
        quick = ("--duration", "0.02", "--warmup", "1")
        self.run_tenon("bench", self.model, *quick, "--save", "before.json")
        report = self.json_of("bench", self.model, *quick, "--against", "before.json")
        self.assertIn("change", report["against"])
        self.fails("bench", self.model, *quick, "--against", self.model, kind="CorruptData",
                   text="tenon bench --save")

    def test_compare_finds_no_difference_between_devices(self):
        for against in ("reference", "null"):
            report = self.json_of("compare", self.model, "--input", "x=@random", "--shape", "x:4x3",
                                  "--against", against, "--layers")
            self.assertEqual(report["first_divergence"], "")
            self.assertEqual([layer["op"] for layer in report["layers"]], ["Relu", "Add"])
            self.assertTrue(all(layer["within"] for layer in report["layers"]))

    def test_inspect_shows_models_and_plans(self):
        report = self.json_of("inspect", self.model, "--text")
        self.assertEqual(report["ops"], {"Add": 1, "Relu": 1})
        self.assertEqual(report["inputs"], [{"name": "x", "type": "f32", "dims": ["N", 3]}])
        self.assertIn("Relu(", report["text"])
        plan = self.build()
        report = self.json_of("inspect", plan, "--verify", "--memory", "--shape", "x:4x3")
        self.assertEqual(report["kind"], "plan")
        self.assertEqual(report["memory"]["weights"]["predicted"], 12)
        self.fails("inspect", self.model, "--verify", kind="InvalidArgument", text="ONNX model",
                   code=2)

    def test_plans_bring_their_device(self):
        self.run_tenon("build", self.model, "-o", "null.plan", "--device", "null:1")
        report = self.json_of("inspect", "null.plan", "--text", "--verify", "--memory", "--shape",
                              "x:4x3")
        self.assertEqual(report["device"], "null")
        self.assertEqual(report["memory"]["weights"]["predicted"], 12)
        x = self.write("x.npy", npy([1, 3], [5, 1, 4]))
        self.json_of("run", "null.plan", "--input", f"x={x}", "--expect",
                     f"y={self.write('y.npy', npy([1, 3], [6, 3, 1]))}")
        report = self.json_of("bench", "null.plan", "--duration", "0.02", "--warmup", "1")
        self.assertEqual(report["device"], "null:0")
        report = self.json_of("bench", "null.plan", "--device", "null:3", "--duration", "0.02",
                              "--warmup", "1")
        self.assertEqual(report["device"], "null:3")
        self.fails("run", "null.plan", "--input", f"x={x}", "--threads", 2, kind="InvalidArgument",
                   text="null.plan is for (--device names one)")

    def test_inspect_verifies_weights(self):
        plan = self.build()
        content = bytearray(plan.read_bytes())
        content[4096] ^= 1
        plan.write_bytes(content)
        self.run_tenon("inspect", plan)
        self.fails("inspect", plan, "--verify", kind="CorruptData", text="checksum")

    def test_devices_and_ops_list_what_there_is(self):
        names = [device["name"] for device in self.json_of("devices")["devices"]]
        self.assertEqual(names[:2], ["cpu", "null:0"])
        ops = {op["name"]: op for op in self.json_of("ops")["ops"]}
        self.assertIn("Conv", ops["Conv"]["onnx"])
        done = self.run_tenon("ops", "--markdown")
        self.assertEqual(done.stdout, (ROOT / "docs" / "ops.md").read_text(),
                         "write it again: tenon ops --markdown >docs/ops.md")

    def test_json_goes_to_a_file_beside_the_human_output(self):
        done = self.run_tenon("devices", "--json", "devices.json")
        self.assertIn("cpu", done.stdout)
        self.assertEqual(json.loads((self.folder / "devices.json").read_text())["schema"],
                         "tenon.devices/1")
        self.run_tenon("devices", "--json", "/dev/full", code=1)

    def test_wrong_usage_exits_with_2(self):
        for arguments in ((), ("frobnicate",), ("build",), ("build", self.model),
                          ("run", self.model, "--no-such-flag"), ("build", self.model, "--effort")):
            self.run_tenon(*arguments, code=2)
        self.fails("build", self.model, "-o", "x.plan", "--shape", "x:1y3", kind="InvalidArgument",
                   text="x:1y3", code=2)

    def test_help_exits_with_0(self):
        for command in ("build", "run", "bench", "compare", "inspect", "devices", "ops"):
            self.assertIn("--json", self.run_tenon(command, "--help").stdout)
        self.assertRegex(self.run_tenon("--version").stdout, r"^\d+\.\d+\.\d+\n$")


class OnATerminal(Cli):
    def stderr_of(self, *arguments, **environment):
        """What a command writes to stderr where that is a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([TENON, *map(str, arguments)], stdout=subprocess.DEVNULL,
                                   stderr=theirs, cwd=self.folder,
                                   env={**os.environ, "TERM": "xterm", **environment})
        os.close(theirs)
        written = b""
        with open(ours, "rb", buffering=0) as terminal:
            try:
                while block := terminal.read(4096):
                    written += block
            except OSError:  # the other end was closed
                pass
        self.assertEqual(process.wait(), 0, written)
        return written.decode()

    def test_long_work_shows_how_far_it_is_and_cleans_up(self):
        long = ("bench", self.model, "--warmup", "0", "--duration", "2.5")
        written = self.stderr_of(*long)
        self.assertRegex(written, r"\[#+ +\] +\d+% measure")
        self.assertTrue(written.endswith("\r\x1b[K"), repr(written))
        self.assertEqual(self.stderr_of(*long, TERM="dumb"), "")

    def test_short_work_shows_nothing(self):
        self.assertEqual(self.stderr_of("build", self.model, "-o", "small.plan"), "")
        self.assertEqual(self.stderr_of("devices"), "")

    def test_logs_show_nothing(self):
        done = self.run_tenon("bench", self.model, "--warmup", "0", "--duration", "1.5")
        self.assertEqual(done.stderr, "")


class BadModels(Cli):
    def bad(self, content, kind, text):
        model = self.write("bad.onnx", content)
        error = self.fails("build", model, "-o", "bad.plan", kind=kind, text=text)
        self.fails("run", model, "--input", "x=@random", kind=kind, text=text)
        return error

    def relu(self, **options):
        return ob.model([ob.node("Relu", ["x"], ["y"], "r")], [ob.value("x", [3])],
                        [ob.value("y", [3])], **options)

    def test_missing_files_and_folders(self):
        self.fails("build", "none.onnx", "-o", "x.plan", kind="NotFound", text="none.onnx")
        self.fails("build", ".", "-o", "x.plan", kind="InvalidArgument", text="folder")

    def test_truncated_at_any_length(self):
        content = ob.small_model()
        for length in range(0, len(content), 7):
            model = self.write("cut.onnx", content[:length])
            done = self.run_tenon("build", model, "-o", "cut.plan", "--json", "-", code=1)
            self.assertIn(json.loads(done.stdout)["error"]["kind"],
                          ("CorruptData", "InvalidArgument", "Unsupported"), length)
            self.assertFalse((self.folder / "cut.plan").exists())

    def test_garbage(self):
        self.bad(b"\xff" * 300, "CorruptData", "bad.onnx")
        self.bad(b"#!/bin/sh\necho this is a script\n", "CorruptData", "bad.onnx")

    def test_unsupported_operators_are_listed_at_once(self):
        content = ob.model(
            [ob.node("Frobnicate", ["x"], ["a"], "one"),
             ob.node("Blend", ["a"], ["b"], "two", domain="com.acme"),
             ob.node("Frobnicate", ["b"], ["y"], "three")],
            [ob.value("x", [3])], [ob.value("y", [3])], domains=["com.acme"])
        error = self.bad(content, "Unsupported", "Frobnicate")
        for text in ("one", "two", "three", "com.acme", "Blend"):
            self.assertIn(text, error["message"])

    def test_cycles_and_missing_inputs(self):
        nodes = [ob.node("Add", ["x", "b"], ["a"], "first"), ob.node("Relu", ["a"], ["b"], "second")]
        self.bad(ob.model(nodes, [ob.value("x", [3])], [ob.value("b", [3])]), "CorruptData", "first")
        nodes = [ob.node("Relu", ["nowhere"], ["y"], "r")]
        self.bad(ob.model(nodes, [ob.value("x", [3])], [ob.value("y", [3])]), "CorruptData",
                 "nowhere")

    def test_types_that_an_op_does_not_take(self):
        nodes = [ob.node("And", ["x", "x"], ["y"], "both")]
        self.bad(ob.model(nodes, [ob.value("x", [3])], [ob.value("y", [3])]), "InvalidArgument",
                 "both")

    def test_shapes_that_do_not_fit(self):
        nodes = [ob.node("Add", ["x", "w"], ["y"], "sum")]
        self.bad(ob.model(nodes, [ob.value("x", [4])], [ob.value("y", [4])],
                          [ob.tensor("w", [3], floats=[1, 2, 3])]), "InvalidArgument", "sum")

    def test_external_data(self):
        def external(location):
            return ob.model([ob.node("Add", ["x", "w"], ["y"], "sum")], [ob.value("x", [3])],
                            [ob.value("y", [3])], [ob.tensor("w", [3], external=location)])
        self.bad(external("gone.bin"), "NotFound", "gone.bin")
        self.bad(external("../secret.bin"), "InvalidArgument", "../secret.bin")
        self.bad(external("/etc/passwd"), "InvalidArgument", "/etc/passwd")
        self.write("short.bin", b"1234")
        self.bad(external("short.bin"), "CorruptData", "w")
        self.write("good.bin", struct.pack("<3f", 1, 2, 3))
        model = self.write("good.onnx", external("good.bin"))
        self.run_tenon("run", model, "--input", "x=@random")


class BadPlans(Cli):
    def test_another_format_version(self):
        plan = self.build()
        content = bytearray(plan.read_bytes())
        content[8] = 99
        plan.write_bytes(content)
        self.fails("run", plan, "--input", "x=@random", "--shape", "x:1x3", kind="VersionMismatch",
                   text="format version 99")

    def test_truncated_and_flipped(self):
        content = self.build().read_bytes()
        for length in list(range(8, 100)) + [len(content) // 2, len(content) - 1]:
            cut = self.write("cut.plan", content[:length])
            self.fails("inspect", cut, kind="CorruptData", text="plan")
        metadata_end = 80 + struct.unpack("<Q", content[24:32])[0]
        for at in range(80, metadata_end, 41):
            flipped = bytearray(content)
            flipped[at] ^= 0x10
            bad = self.write("flipped.plan", bytes(flipped))
            self.run_tenon("inspect", bad, code=1)

    def test_another_device(self):
        self.fails("run", self.build(), "--device", "null", "--input", "x=@random", "--shape",
                   "x:1x3", kind="Unsupported", text="cpu")
        self.fails("run", self.model, "--device", "tpu", kind="NotFound", text="cpu, null")


if __name__ == "__main__":
    TENON = os.path.abspath(sys.argv.pop(1))
    unittest.main()
