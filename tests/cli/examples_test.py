#!/usr/bin/env python3
"""The examples mend plans that do not load, and fail where they cannot read what they are given."""

import os
import pathlib
import subprocess
import unittest

import onnx_bytes as ob
from cli_case import DIGITS, ROOT, TENON, Cli

PROGRAMS = pathlib.Path(TENON).parent
INT32 = 6
SEVEN = ROOT / "examples" / "digits" / "data" / "7.pgm"


class Examples(Cli):
    def run_program(self, *command, code=0, environment=None):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False,
                              cwd=self.folder, env=environment)
        self.assertEqual(done.returncode, code, f"{command}\n{done.stdout}\n{done.stderr}")
        return done

    def digits(self, *pictures, code=0):
        return self.run_program(PROGRAMS / "digits", DIGITS, "d.plan", *pictures, code=code)

    def test_a_plan_that_does_not_load_is_built_again(self):
        self.assertIn("built", self.digits(SEVEN).stdout)
        self.assertIn("reused", self.digits(SEVEN).stdout)
        plan = self.folder / "d.plan"
        whole = plan.read_bytes()
        plan.write_bytes(whole[:len(whole) // 2])
        shown = self.digits(SEVEN).stdout
        self.assertRegex(shown, r"(?s)cannot use d.plan: .*built  d.plan.* 7  ")
        self.run_tenon("build", DIGITS, "-o", "d.plan", "--device", "null")
        self.assertRegex(self.digits(SEVEN).stdout, r"(?s)cannot use d.plan: .*null.*built  d.plan")
        self.assertEqual(plan.read_bytes(), whole)

    def test_what_cannot_be_read_is_a_failure(self):
        done = self.digits("none.pgm", SEVEN, code=1)
        self.assertIn("none.pgm", done.stderr)
        self.assertIn(" 7  ", done.stdout)
        model = self.write("bytes.onnx", ob.model(
            [ob.node("Greater", ["x", "limit"], ["g"]), ob.node("Where", ["g", "one", "zero"], ["y"])],
            [ob.value("x", [1, 2048], INT32)], [ob.value("y", [1, 2048])],
            [ob.number(1, 1) + ob.number(2, INT32) + ob.data(8, "limit") + ob.data(9, bytes(4)),
             ob.tensor("one", [1], floats=[1]), ob.tensor("zero", [1], floats=[0])]))
        labels = self.write("labels.txt", b"label\n" * 2048)
        filetype = (PROGRAMS / "filetype", model, labels, "f.plan")
        self.run_program(*filetype, labels)
        done = self.run_program(*filetype, "none.txt", labels, code=1)
        self.assertIn("none.txt", done.stderr)
        self.assertNotIn("none.txt", done.stdout)
        self.assertIn("labels.txt", done.stdout)

    def test_the_demo_needs_neither_network_nor_home(self):
        """A Python that fails stands for a network that is not there."""
        (self.folder / "bin").mkdir()
        python = self.write("bin/python3", b"#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
        for program in ("digits", "filetype"):
            (self.folder / "bin" / program).symlink_to(PROGRAMS / program)
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("HOME", "XDG_CACHE_HOME")}
        environment |= {"PATH": f"{python.parent}:{environment['PATH']}",
                        "BUILD_DIR": str(self.folder)}
        demo = ROOT / "examples" / "filetype" / "run.sh"
        done = self.run_program(demo, environment=environment)
        self.assertIn("the digit model of the tree is used", done.stdout)
        self.assertEqual(done.stderr, "")
        done = self.run_program(demo, "mine.txt", environment=environment)
        self.assertIn("left out: mine.txt", done.stderr)


if __name__ == "__main__":
    unittest.main()
