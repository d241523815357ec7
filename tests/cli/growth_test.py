#!/usr/bin/env python3
"""How much a process grows by a plan: at most what memory() predicts, and 2 MiB.

    growth_test.py TENON LOAD_PLANS [unittest arguments]

Grown is what is resident after two runs, less what was before Engine::load(). Pages of the plan's
file that are mapped and read are weights. The first plan of a process also brings in pages of
the libraries, as calls reach code that did not run before: no more than the libraries' size, once,
and shared with every process that has the library. They are told apart, and all else of the first
plan, and everything of later ones, has to stay below the limit.
"""

import dataclasses
import os
import random
import re
import subprocess
import sys
import unittest

import onnx_bytes as ob
from cli_case import DIGITS, Cli

LOAD_PLANS = os.path.abspath(sys.argv.pop(1))
SLACK = 2 << 20
MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(?P<file>.*)")


@dataclasses.dataclass
class Resident:
    """Bytes in memory of a process."""

    libraries: int = 0
    others: int = 0

    def __sub__(self, before):
        return Resident(self.libraries - before.libraries, self.others - before.others)


@dataclasses.dataclass
class Growth:
    """What one plan did, in bytes."""

    predicted: int
    grown: Resident

    def beyond(self, first):
        """What nobody predicted."""
        grown = self.grown
        return grown.others + (0 if first else grown.libraries) - self.predicted


def resident(process):
    found = Resident()
    is_library = False
    with open(f"/proc/{process.pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        for line in smaps:
            if mapping := MAPPING.match(line):
                file = mapping["file"].removesuffix(" (deleted)")
                is_library = file == LOAD_PLANS or bool(re.search(r"\.so(\.[0-9]+)*$", file))
            elif line.startswith("Rss:"):
                kibibytes = int(line.split()[1])
                if is_library:
                    found.libraries += kibibytes << 10
                else:
                    found.others += kibibytes << 10
    return found


def growths(plans):
    """Of each plan in turn, in one process."""
    with subprocess.Popen([LOAD_PLANS, *map(str, plans)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        found = []
        before = resident(process)
        for _ in plans:
            process.stdin.write("\n")
            process.stdin.flush()
            predicted = process.stdout.readline()
            if not predicted:
                raise AssertionError("load_plans failed")
            after = resident(process)
            found.append(Growth(int(predicted), after - before))
            before = after
        process.stdin.close()
    return found


def mlp(width, layers):
    """A chain of products with seeded weights."""
    numbers = random.Random(width)
    nodes, tensors = [], []
    value = "x"
    for i in range(layers):
        weights = [numbers.uniform(-0.1, 0.1) for _ in range(width * width)]
        tensors.append(ob.tensor(f"w{i}", [width, width], floats=weights))
        nodes.append(ob.node("MatMul", [value, f"w{i}"], [f"h{i}"]))
        nodes.append(ob.node("Relu", [f"h{i}"], [f"r{i}"]))
        value = f"r{i}"
    return ob.model(nodes, [ob.value("x", ["N", width])], [ob.value(value, ["N", width])], tensors)


class ProcessGrowth(Cli):
    def setUp(self):
        super().setUp()
        self.plans = {"digits": self.plan_of(DIGITS, "digits"),
                      "mlp": self.plan_of(self.write("mlp.onnx", mlp(512, 6)), "mlp")}

    def plan_of(self, model, name):
        plan = self.folder / f"{name}.plan"
        self.run_tenon("build", model, "-o", plan)
        return plan

    def check(self, *names):
        measured = growths([self.plans[name] for name in names])
        for place, (name, growth) in enumerate(zip(names, measured)):
            first = place == 0
            grown = growth.grown
            text = (f"{name}, plan {place + 1} of the process: predicted {growth.predicted >> 10} KiB, "
                    f"grown by {grown.others >> 10} KiB and {grown.libraries >> 10} KiB of libraries, "
                    f"{growth.beyond(first) >> 10} KiB beyond the prediction")
            print(text)
            self.assertLessEqual(growth.beyond(first), SLACK, text)
        return measured

    def test_of_a_small_plan_and_a_larger_one(self):
        self.check("digits", "mlp")

    def test_of_a_larger_plan_and_a_small_one(self):
        self.check("mlp", "digits")

    def test_of_a_plan_that_is_loaded_twice(self):
        self.check("mlp", "mlp")

    def test_the_measurement_sees_the_weights(self):
        weights = 6 * 512 * 512 * 4
        for place, growth in enumerate(self.check("mlp", "mlp", "digits")[:2]):
            self.assertGreaterEqual(growth.predicted, weights, place)
            self.assertGreaterEqual(growth.grown.others, weights, place)


if __name__ == "__main__":
    unittest.main()
