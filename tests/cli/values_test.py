#!/usr/bin/env python3
"""Where the elements of inputs come from, and when outputs are as expected."""

import struct
import unittest

import onnx_bytes as ob
from cli_case import Cli, npy

UINT64 = 13


class Expected(Cli):
    def of_type(self, element):
        """y = x, whole."""
        return self.write("same.onnx", ob.model([ob.node("Identity", ["x"], ["y"])],
                                                [ob.value("x", [2], element)],
                                                [ob.value("y", [2], element)]))

    def test_integers_are_compared_exactly(self):
        exact = ("--rtol", 0, "--atol", 0)
        for element, code, name, numbers in ((ob.INT64, "q", "<i8", (2**53 + 1, -2**63)),
                                             (UINT64, "Q", "<u8", (2**53 + 1, 2**64 - 1))):
            def save(file, values):
                head = npy([2], [0] * 2)[:-8].replace(b"<f4", name.encode())
                return self.write(file, head + struct.pack(f"<2{code}", *values))
            model = self.of_type(element)
            x = save("x.npy", numbers)
            self.run_tenon("run", model, "--input", f"x={x}", "--expect", f"y={x}", *exact)
            for index, off in enumerate((-1, 1 if numbers[1] < 0 else -1)):
                other = list(numbers)
                other[index] += off
                y = save("y.npy", other)
                run = ("run", model, "--input", f"x={x}", "--expect", f"y={y}")
                report = self.json_of(*run, *exact, code=3)
                self.assertEqual(report["mismatches"], [{
                    "name": "y", "index": index, "got": numbers[index], "want": other[index]}])
                self.json_of(*run, "--rtol", 0, "--atol", 0.5, code=3)
                self.json_of(*run, "--rtol", 0, "--atol", 1)


class OneNameForBoth(Cli):
    def test_an_output_may_be_an_input(self):
        model = self.write("both.onnx", ob.model(
            [ob.node("Relu", ["x"], ["y"])], [ob.value("x", [2])],
            [ob.value("x", [2]), ob.value("y", [2])]))
        x = ("--input", "x=@[-1,2]")
        want = ("--expect", f"x={self.write('x.npy', npy([2], [-1, 2]))}",
                "--expect", f"y={self.write('y.npy', npy([2], [0, 2]))}")
        self.run_tenon("run", model, *x, *want, "--check")
        for flags in ((), ("--layers",), ("--against", "null")):
            self.run_tenon("compare", model, *x, *flags)
        self.run_tenon("bench", model, "--duration", "0.02", "--warmup", "1")
        self.run_tenon("build", model, "-o", "both.plan")
        self.run_tenon("run", "both.plan", *x, *want)


if __name__ == "__main__":
    unittest.main()
