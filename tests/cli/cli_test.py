#!/usr/bin/env python3
"""What the commands do: exit codes, files, results on every device."""

import hashlib
import json
import os
import re
import signal
import struct
import subprocess
import time
import unittest

import onnx_bytes as ob
from cli_case import DIGITS, DIGITS_DATA, ROOT, TENON, Cli, npy, read_npy


class Build(Cli):
    def test_reports_what_it_did(self):
        report = self.json_of("build", self.model, "-o", "small.plan")
        plan = self.folder / "small.plan"
        self.assertEqual(report["plan_bytes"], plan.stat().st_size)
        self.assertEqual(report["plan_sha256"], hashlib.sha256(plan.read_bytes()).hexdigest())
        self.assertGreater(report["build_s"], 0)
        self.assertEqual([layer["op"] for layer in report["layers"]], ["Add+Relu"])
        self.assertEqual([p["name"] for p in report["phases"]],
                         ["import", "optimize", "fuse", "assign", "write"])
        self.assertEqual(report["guessed_inputs"], ["x"])

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

    def test_profiles_hold_for_models_too(self):
        limits = ("--min", "x:1x3", "--opt", "x:2x3", "--max", "4x3")
        x = self.write("x.npy", npy([5, 3], [0] * 15))
        self.fails("run", self.model, *limits, "--input", f"x={x}", kind="InvalidArgument",
                   text="the plan's profile allows 1 to 4")
        self.json_of("bench", self.model, *limits, "--shape", "x:4x3", "--duration", "0.02",
                     "--warmup", "1")
        bound = self.json_of("inspect", self.model, "--memory", *limits)["memory"]
        exact = self.json_of("inspect", self.model, "--memory", "--shape", "x:4x3")["memory"]
        self.assertEqual(bound["activations"], exact["activations"])
        self.fails("run", self.build(), "--max", "x:4x3", "--input", f"x={x}",
                   kind="InvalidArgument", text="is built already", code=2)
        self.fails("run", self.model, "--max", "q:4x3", "--input", f"x={x}", kind="NotFound",
                   text="'q'", code=2)

    def test_leaves_out_a_pass_by_name(self):
        done = self.run_tenon("build", self.model, "-o", "small.plan", "--disable-pass",
                              "fold-constants", "--show-passes")
        self.assertNotIn("pass fold-constants", done.stderr)
        self.assertIn("pass remove-dead", done.stderr)
        self.fails("build", self.model, "-o", "x.plan", "--disable-pass", "no-such-pass",
                   kind="NotFound", text="no-such-pass")

    def test_writes_a_plan_to_stdout_and_nothing_else(self):
        plan = self.build().read_bytes()
        for out in (subprocess.PIPE, open(self.folder / "out.plan", "wb")):
            done = subprocess.run([TENON, "build", self.model, "-o", "/dev/stdout", "--json",
                                   "report.json"], stdout=out, cwd=self.folder, check=True)
            written = done.stdout
            if written is None:
                out.close()
                written = (self.folder / "out.plan").read_bytes()
            self.assertEqual(written, plan)
            report = json.loads((self.folder / "report.json").read_text())
            self.assertEqual(report["plan_bytes"], len(plan))
            self.assertEqual(report["plan_sha256"], "")
        done = subprocess.run([TENON, "build", self.model, "-o", "/dev/stdout", "--json", "-"],
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_stops_at_other_signals_too(self):
        bench = ["bench", str(self.model), "--duration", "60", "--warmup", "0", "--json", "-", "-v"]
        for number in (signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([TENON, *bench], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            process.stderr.readline()
            process.send_signal(number)
            stdout, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 128 + number)
            self.assertEqual(json.loads(stdout)["error"]["kind"], "Cancelled")

    def test_goes_on_where_a_signal_is_ignored(self):
        process = subprocess.Popen(["sh", "-c", 'trap "" HUP; exec "$0" "$@"', TENON, "bench",
                                    str(self.model), "--duration", "1", "--warmup", "0", "-v"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)

    def test_stops_at_an_interrupt_and_keeps_what_was_measured(self):
        process = subprocess.Popen([TENON, "bench", str(self.model), "--duration", "60",
                                    "--warmup", "0", "--json", "-", "-v"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stderr.readline()
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
        self.fails("run", self.model, "--input", "x=@[1,2,3]", kind="InvalidArgument", text="'x'")

    def test_takes_literals_and_bounds_of_random_inputs(self):
        model = self.write("three.onnx", ob.model(
            [ob.node("Add", ["v", "s"], ["sum"]), ob.node("Add", ["sum", "r"], ["y"])],
            [ob.value("v", [2], ob.INT64), ob.value("s", [], ob.INT64),
             ob.value("r", [2], ob.INT64)], [ob.value("y", [2], ob.INT64)]))
        # Flags take one value each, so that the model may stand behind them.
        report = self.json_of("run", "--input", "v=@[10,12]", "--input", "s=@100", "--input",
                              "r=@random:3:1:2", model, "--output", "out")
        self.assertEqual(report["outputs"][0]["type"], "i64")
        raw = (self.folder / report["outputs"][0]["file"]).read_bytes()
        self.assertEqual(struct.unpack("<2q", raw[-16:]), (111, 113))
        self.run_tenon("run", self.model, "--input", "x=@random:5:3:4", "--shape", "1x3",
                       "--output", "out")
        x = [value - w for value, w in zip(read_npy(self.folder / "out/y.npy")[1], (1, 2, -3))]
        self.assertTrue(all(3 <= value + 1e-6 and value < 4 + 1e-6 for value in x), x)

    def test_writes_small_floats_as_f32_under_safe_names(self):
        model = self.write("bf16.onnx", ob.model(
            [ob.node("Relu", ["x"], ["a/b"]), ob.node("Relu", ["x"], ["a:b"])],
            [ob.value("x", [2], ob.BFLOAT16)],
            [ob.value("a/b", [2], ob.BFLOAT16), ob.value("a:b", [2], ob.BFLOAT16)]))
        report = self.json_of("run", model, "--input", "x=@[1.5,-2]", "--output", "out")
        self.assertEqual([output["file"] for output in report["outputs"]],
                         ["out/a_b.npy", "out/a_b_2.npy"])
        self.assertEqual(report["outputs"][0]["type"], "bf16")
        for name in ("a_b", "a_b_2"):
            header, values = read_npy(self.folder / f"out/{name}.npy")
            self.assertIn("'<f4'", header)
            self.assertEqual(values, [1.5, 0])
        # What was written is what is expected, and what is read again.
        self.json_of("run", model, "--input", "x=@[1.5,-2]", "--expect", "out")

    def test_writes_all_outputs_or_none(self):
        model = self.write("two.onnx", ob.model(
            [ob.node("Relu", ["x"], ["a"]), ob.node("Relu", ["x"], ["b"])],
            [ob.value("x", [2])], [ob.value("a", [2]), ob.value("b", [2])]))
        (self.folder / "out" / "b.npy").mkdir(parents=True)
        self.fails("run", model, "--input", "x=@[1,2]", "--output", "out", kind="InvalidArgument",
                   text="b.npy")
        self.assertEqual(os.listdir(self.folder / "out"), ["b.npy"])
        done = subprocess.run(["bash", "-c", 'ulimit -f 0; exec "$0" "$@"', TENON, "run", model,
                               "--input", "x=@[1,2]", "--output", "new/folder"],
                              capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("File too large", done.stderr)
        self.assertFalse((self.folder / "new").exists())

    def test_replaces_files_behind_links_and_keeps_their_rights(self):
        (self.folder / "real.json").write_text("old")
        (self.folder / "real.json").chmod(0o640)
        (self.folder / "link.json").symlink_to("real.json")
        self.run_tenon("devices", "--json", "link.json")
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.assertEqual((self.folder / "real.json").stat().st_mode & 0o777, 0o640)
        self.assertIn("tenon.devices/1", (self.folder / "real.json").read_text())

    def test_takes_names_that_hold_an_equals_sign(self):
        model = self.write("equals.onnx", ob.model(
            [ob.node("Sub", ["a", "a=b"], ["y"])], [ob.value("a", [1]), ob.value("a=b", [1])],
            [ob.value("y", [1])]))
        y = self.write("y.npy", npy([1], [3]))
        self.run_tenon("run", model, "--input", "a=@[5]", "--input", "a=b=@[2]", "--expect",
                       f"y={y}")

    def test_refuses_arrays_with_a_malformed_header(self):
        header = b"{'fortran_order': False, 'shape': (1, 3), 'descr':"
        self.write("bad.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        self.fails("run", self.model, "--input", "x=bad.npy", kind="Unsupported", text="bad.npy")

    def test_asks_for_inputs_that_are_missing(self):
        self.fails("run", self.model, kind="InvalidArgument", text="input 'x'")
        self.fails("run", self.model, "--input", "q=@random", kind="NotFound", text="'q'", code=2)
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
        self.write("nan.npy", npy([1, 3], [float("nan"), 1, 4]))
        done = self.run_tenon("run", self.model, "--input", "x=nan.npy", "--show", 3)
        self.assertRegex(done.stdout, r"(?s)3  1\n.*1  2\n.*nan  0\n")


class Others(Cli):
    def test_bench_measures_every_context(self):
        report = self.json_of("bench", self.model, "--duration", "0.05", "--warmup", "1",
                              "--profile", "--contexts", "2")
        self.assertGreaterEqual(report["iterations"], 20)
        self.assertLessEqual(report["latency_ms"]["min"], report["latency_ms"]["median"])
        self.assertEqual(len(report["layers"]), 1)
        self.assertEqual(report["memory"]["total"]["predicted"],
                         report["memory"]["total"]["allocated"])
        for key in ("throughput_per_s", "load_s", "first_run_ms"):
            self.assertGreater(report[key], 0, key)

    def test_bench_holds_layers_against_what_the_device_can_do(self):
        flags = ("--shape", "x:1000x3", "--duration", "0.02", "--warmup", "1", "--profile")
        report = self.json_of("bench", self.model, *flags)
        peak, layer, by_op = report["peak"], report["layers"][0], report["by_op"][0]
        # An addition and a maximum for each element.
        self.assertEqual(layer["flop"], 2 * 3000)
        self.assertGreaterEqual(layer["bytes"], 2 * 4 * 3000)
        self.assertAlmostEqual(layer["gflops"], layer["flop"] / layer["min_us"] * 1e-3, 6)
        self.assertAlmostEqual(layer["gb_per_s"], layer["bytes"] / layer["min_us"] * 1e-3, 6)
        self.assertAlmostEqual(layer["percent_of_peak"], 100 * layer["gflops"] / peak["gflops"], 6)
        self.assertLessEqual(layer["min_us"], layer["time_us"])
        self.assertEqual((by_op["op"], by_op["layers"]), ("Pointwise", 1))
        self.assertEqual(by_op["flop"], layer["flop"])
        done = self.run_tenon("bench", self.model, *flags)
        self.assertRegex(done.stdout, r"(?s)peak: .*% peak.*Add\+Relu.*Pointwise +1\n")
        report = self.json_of("bench", self.model, *flags, "--device", "null")
        self.assertEqual(report["peak"], {"gflops": 0, "gb_per_s": 0})
        self.assertEqual(report["layers"][0]["percent_of_peak"], 0)
        self.assertGreater(report["layers"][0]["gflops"], 0)

    def test_bench_compares_with_a_saved_report(self):
        quick = ("--duration", "0.02", "--warmup", "1")
        self.run_tenon("bench", self.model, *quick, "--save", "before.json")
        report = self.json_of("bench", self.model, *quick, "--against", "before.json")
        self.assertIn("change", report["against"])
        self.fails("bench", self.model, *quick, "--against", self.model, kind="CorruptData",
                   text="tenon bench --save")
        for report in ("[1]", '{"schema": 1}', '{"schema": "tenon.bench/1", "latency_ms": [1]}',
                       '{"schema": "tenon.bench/1", "latency_ms": {"median": "fast"}}'):
            self.write("bad.json", report.encode())
            self.fails("bench", self.model, *quick, "--against", "bad.json", kind="CorruptData",
                       text="bad.json is no report of tenon bench --save")

    def test_contexts_share_the_cores(self):
        quick = ("--duration", "0.02", "--warmup", "1")
        cores = self.json_of("devices")["devices"][0]["threads"]
        for contexts in (1, 2, cores + 1):
            report = self.json_of("bench", self.model, *quick, "--contexts", contexts)
            self.assertEqual(report["threads"], max(cores // contexts, 1))
        for flags in (("--threads", 3), ("--device", "cpu:threads=3")):
            report = self.json_of("bench", self.model, *quick, "--contexts", 2, *flags)
            self.assertEqual(report["threads"], 3)
        report = self.json_of("bench", self.model, *quick, "--contexts", 2, "--device", "null")
        self.assertEqual(report["device"], "null:0")

    def test_compare_finds_no_difference_between_devices(self):
        for against in ("reference", "null"):
            report = self.json_of("compare", self.model, "--input", "x=@random", "--shape", "x:4x3",
                                  "--against", against, "--layers")
            self.assertEqual(report["first_divergence"], "")
            self.assertEqual([layer["op"] for layer in report["layers"]], ["Add", "Relu"])
            self.assertTrue(all(layer["within"] for layer in report["layers"]))

    def test_inspect_shows_models_and_plans(self):
        report = self.json_of("inspect", self.model, "--text")
        self.assertEqual(report["ops"], {"Add": 1, "Relu": 1})
        self.assertEqual(report["inputs"], [{"name": "x", "type": "f32", "dims": ["N", 3]}])
        self.assertIn("Relu(", report["text"])
        text = self.run_tenon("inspect", self.model, "--text", "--shape", "x:4x3").stdout
        done = self.run_tenon("inspect", self.model, "--text", "--memory", "--shape", "x:4x3")
        self.assertEqual(done.stdout, text, "memory stands in the text")
        self.assertRegex(done.stderr, r"weights +12 bytes")
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
        self.fails("run", "null.plan", "--input", f"x={x}", "--threads", 2, kind="InvalidArgument",
                   text="--threads is for the cpu, not for device null")

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
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertEqual({len(re.split(r"(?<!\\)\|", row)) for row in rows}, {6})

    def test_json_goes_to_a_file_beside_the_human_output(self):
        done = self.run_tenon("devices", "--json", "devices.json")
        self.assertIn("cpu", done.stdout)
        self.assertEqual(json.loads((self.folder / "devices.json").read_text())["schema"],
                         "tenon.devices/1")
        self.run_tenon("devices", "--json", "/dev/full", code=1)

    def test_a_full_disk_behind_stdout_is_a_failure(self):
        def on_a_full_disk(*arguments):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([TENON, *map(str, arguments)], stdout=full, check=False,
                                      stderr=subprocess.PIPE, text=True, cwd=self.folder)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("IoError: cannot write to \"stdout\"", done.stderr)
        # Less than a buffer, more than one, the document, and what no command prints.
        for arguments in (("devices",), ("ops",), ("ops", "--json", "-"), ("--version",),
                          ("build", "--help")):
            on_a_full_disk(*arguments)
        on_a_full_disk("ops", "--json", "ops.json")
        report = json.loads((self.folder / "ops.json").read_text())
        self.assertEqual(report["error"]["kind"], "IoError")
        self.assertGreater(len(report["ops"]), 0)

    def test_a_full_disk_behind_stderr_stops_nothing(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([TENON, "build", self.model, "-o", "small.plan", "-v"],
                                  stdout=subprocess.PIPE, stderr=full, cwd=self.folder, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertTrue((self.folder / "small.plan").exists())

    def test_a_flag_takes_one_value_wherever_it_stands(self):
        x = self.write("x.npy", npy([1, 3], [1, 1, 1]))
        y = self.write("y.npy", npy([1, 3], [2, 3, 0]))
        values = {"--input": f"x={x}", "--expect": f"y={y}", "--min": "x:1x3", "--opt": "x:1x3",
                  "--max": "x:2x3"}
        self.run_tenon("run", *(word for flag in values.items() for word in flag), self.model)
        for flag in values:
            others = [word for other in values.items() if other[0] != flag for word in other]
            self.run_tenon("run", *others, flag, values[flag], self.model)
        self.run_tenon("inspect", "--shape", "x:1x3", self.model)
        self.run_tenon("build", "-o", "small.plan", "--disable-pass", "fold-constants", self.model)

    def test_wrong_usage_exits_with_2(self):
        for arguments in ((), ("frobnicate",), ("build",), ("build", self.model),
                          ("run", self.model, "--no-such-flag"), ("build", self.model, "--effort")):
            self.run_tenon(*arguments, code=2)
        self.fails("build", self.model, "-o", "x.plan", "--shape", "x:1y3", kind="InvalidArgument",
                   text="x:1y3", code=2)

    def test_numbers_out_of_range_are_wrong_usage(self):
        number = "is not a finite number of at least 0"
        for command, flag, value, text in (
                ("bench", "--duration", "nan", number), ("bench", "--duration", "inf", number),
                ("bench", "--warmup", "nan", number), ("bench", "--warmup", "-1", number),
                ("bench", "--iterations", "0", "is not a whole number of at least 1"),
                ("bench", "--contexts", "257", "is not a whole number from 1 to 256"),
                ("run", "--repeat", "0", "is not a whole number of at least 1"),
                ("run", "--repeat", "1.5", "is not a whole number of at least 1"),
                ("run", "--show", "0", "is not a whole number of at least 1"),
                ("run", "--threads", "0", "is not a whole number from 1 to 1024")):
            error = self.fails(command, self.model, f"{flag}={value}", kind="InvalidArgument",
                               text=f"{flag}: '{value}' {text}", code=2)
            self.assertLess(len(error["message"]), 120)
            self.assertNotIn("2147483647", self.run_tenon(command, "--help").stdout)

    def test_a_limit_on_files_is_an_error(self):
        for arguments in (("build", DIGITS, "-o", "x.plan"), ("ops", "--json", "x.json")):
            done = subprocess.run(["bash", "-c", 'ulimit -f 1; exec "$0" "$@"', TENON,
                                   *map(str, arguments)], capture_output=True, text=True,
                                  check=False, cwd=self.folder)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("File too large", done.stderr)
            self.assertEqual(os.listdir(self.folder), ["small.onnx"])

    def test_help_exits_with_0(self):
        for command in ("build", "run", "bench", "compare", "inspect", "devices", "ops"):
            self.assertIn("--json", self.run_tenon(command, "--help").stdout)
        self.assertRegex(self.run_tenon("--version").stdout, r"^\d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
