#!/usr/bin/env python3
"""What commands tell: reports for scripts, more for people who ask, a bar for those who wait."""

import json
import os
import pty
import subprocess
import unittest

from cli_case import TENON, Cli

STATISTICS = {"min", "mean", "median", "p90", "p95", "p99", "max", "cv"}
MEMORY = {"weights", "persistent", "activations", "workspace", "io", "code", "foreign", "total"}


class Reports(Cli):
    """What scripts find in each document, 0 or [] where nothing is measured."""
    KEYS = {
        "build": {"model", "device", "build_s", "tactics_timed", "cache_hits", "cache_misses",
                  "misses", "plan_bytes", "plan_sha256", "nodes_imported", "nodes_planned",
                  "peak_device_bytes", "peak_host_bytes", "peak_by_kind", "guessed_inputs",
                  "phases", "layers"},
        "run": {"model", "device", "outputs", "mismatches"},
        "bench": {"model", "device", "precision", "threads", "contexts", "iterations",
                  "latency_ms", "enqueue_ms", "throughput_per_s", "load_s", "first_run_ms",
                  "memory", "idle", "layers", "by_op", "peak", "against"},
        "compare": {"model", "device", "against", "outputs", "layers", "first_divergence"},
        "inspect": {"model", "device", "kind", "nodes", "constant_bytes", "code_bytes", "inputs",
                    "outputs", "ops", "layers", "memory", "unbounded", "text"},
        "devices": {"devices"},
        "ops": {"ops"},
    }
    QUICK = {"build": ["-o", "y.plan"], "run": ["--input", "x=@random"],
             "bench": ["--duration", "0.02", "--warmup", "1", "--profile"],
             "compare": ["--input", "x=@random", "--layers"], "inspect": ["--memory"]}

    def test_all_keys_are_there(self):
        reports = {}
        for command, keys in self.KEYS.items():
            flags = self.QUICK.get(command)
            arguments = [] if flags is None else [self.model, "--shape", "x:2x3", *flags]
            reports[command] = self.json_of(command, *arguments)
            self.assertEqual(set(reports[command]), keys | {"schema", "version", "command"},
                             command)
        build, run, bench = reports["build"], reports["run"], reports["bench"]
        self.assertEqual(set(build["peak_by_kind"]), {"weights", "packed", "candidates", "scratch"})
        self.assertEqual(set(build["phases"][0]), {"name", "s"})
        self.assertEqual(set(build["layers"][0]), {"name", "op", "source", "tactic"})
        self.assertEqual(build["misses"], [])
        self.assertEqual(set(run["outputs"][0]), {"name", "type", "shape"})
        self.assertEqual(set(bench["latency_ms"]), STATISTICS)
        self.assertEqual(set(bench["enqueue_ms"]), STATISTICS)
        self.assertEqual(set(bench["memory"]), MEMORY)
        self.assertEqual(set(bench["memory"]["io"]), {"predicted", "allocated"})
        for kind, entry in bench["memory"].items():
            self.assertEqual(entry["predicted"], entry["allocated"], kind)
        self.assertGreater(bench["memory"]["io"]["allocated"], 0)
        costs = {"time_us", "min_us", "flop", "bytes", "gflops", "gb_per_s", "percent_of_peak",
                 "percent_of_bandwidth"}
        self.assertEqual(set(bench["layers"][0]), {"name", "op", "tactic", "source"} | costs)
        self.assertEqual(set(bench["by_op"][0]), {"op", "layers"} | costs)
        self.assertEqual(set(bench["peak"]), {"gflops", "gb_per_s"})
        self.assertEqual(set(reports["inspect"]["memory"]), MEMORY)

    def test_a_plan_tells_its_code_without_a_device(self):
        self.run_tenon("build", self.model, "--shape", "x:2x3", "-o", "y.plan")
        report = self.json_of("inspect", "y.plan", "--memory")
        self.assertEqual(report["code_bytes"], report["memory"]["code"]["predicted"])
        memory = self.json_of("bench", "y.plan", "--duration", "0.02", "--warmup", "1")["memory"]
        self.assertEqual(report["code_bytes"], memory["code"]["allocated"])

    def test_all_keys_are_there_on_failure(self):
        for command, flags in self.QUICK.items():
            done = self.run_tenon(command, "none.onnx", *flags, "--json", "-", code=1)
            report = json.loads(done.stdout)
            self.assertEqual(set(report),
                             self.KEYS[command] | {"schema", "version", "command", "error"})
            self.assertEqual(report["error"]["kind"], "NotFound")
            self.assertEqual(set(report["error"]), {"kind", "message"})

    def test_all_keys_are_there_on_wrong_usage(self):
        for command, keys in self.KEYS.items():
            for flags in (("--no-such-flag", "--json", "-"), ("--json=-", "--threads", "many", "-o")):
                done = self.run_tenon(command, *flags, code=2)
                report = json.loads(done.stdout)
                self.assertEqual(set(report), keys | {"schema", "version", "command", "error"})
                self.assertEqual(report["error"]["kind"], "InvalidArgument")
                self.assertIn("--help", done.stderr)
        # Without a command there is no document.
        self.assertEqual(self.run_tenon("frobnicate", "--json", "-", code=2).stdout, "")

    def test_verbose_tells_more_on_stderr(self):
        for command, flags in self.QUICK.items():
            arguments = (command, self.model, "--shape", "x:2x3", *flags)
            self.assertEqual(self.run_tenon(*arguments).stderr, "")
            self.assertNotEqual(self.run_tenon(*arguments, "-v").stderr, "")
        for command in ("devices", "ops"):
            self.assertNotEqual(self.run_tenon(command, "-v").stderr, "")


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
        self.assertEqual(self.stderr_of("bench", self.model, "--warmup", "0", "--duration", "1.3",
                                        TERM="dumb"), "")

    def test_short_work_shows_nothing(self):
        self.assertEqual(self.stderr_of("build", self.model, "-o", "small.plan"), "")
        self.assertEqual(self.stderr_of("devices"), "")

    def test_logs_show_nothing(self):
        done = self.run_tenon("bench", self.model, "--warmup", "0", "--duration", "1.3")
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
