#!/usr/bin/env python3
"""Where the elements of inputs come from, and when outputs are as expected."""

import os
import struct
import unittest

import onnx_bytes as ob
from cli_case import DIGITS, DIGITS_DATA, Cli, npy

UINT8, INT8, BOOL, FLOAT16, UINT64, FLOAT8 = 2, 3, 9, 10, 13, 17


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


    def test_tolerances_are_numbers(self):
        for command in ("run", "compare"):
            for flag in ("--rtol", "--atol"):
                for number in ("nan", "-1", "inf", "x"):
                    self.fails(command, self.model, f"{flag}={number}", code=2,
                               kind="InvalidArgument",
                               text=f"{flag}: '{number}' is not a finite number of at least 0")


class Nodes(Cli):
    def test_the_digit_model_agrees_node_by_node(self):
        data = ("--inputs-from", DIGITS_DATA)
        done = self.run_tenon("run", DIGITS, *data, "--check")
        self.assertIn("12 of 12 values agree", done.stdout)
        for against in ("reference", "null"):
            report = self.json_of("compare", DIGITS, *data, "--layers", "--against", against)
            self.assertEqual(len(report["layers"]), 12)
            self.assertEqual([output["name"] for output in report["outputs"]],
                             [report["layers"][-1]["name"]])

    def test_nodes_of_every_kind_of_operand(self):
        """Twice the same, constants, what follows from shapes and constants, several outputs."""
        model = self.write("operands.onnx", ob.model(
            [ob.node("Mul", ["x", "x"], ["square"]),
             ob.node("Shape", ["x"], ["shape"]),
             ob.node("Reshape", ["square", "shape"], ["same"]),
             ob.node("Neg", ["w"], ["minus"]),
             ob.node("Add", ["same", "minus"], ["sum"]),
             ob.node("Split", ["sum"], ["a", "b"]),
             ob.node("Sub", ["a", "b"], ["y"])],
            [ob.value("x", ["N", 3])], [ob.value("y", ["M", 3])],
            [ob.tensor("w", [3], floats=[1, 2, 3])]))
        x = ("--input", f"x={self.write('x.npy', npy([4, 3], range(12)))}")
        done = self.run_tenon("run", model, *x, "--min", "x:2x3", "--check")
        self.assertRegex(done.stdout, r"\n(\d+) of \1 values agree")


class Sources(Cli):
    def test_malformed_inputs_are_wrong_usage(self):
        for spec, text in (("x=@bogus", "the forms are"), ("x=@", "the forms are"),
                           ("x=@random:1:2", "@random[:seed[:low:high]]"),
                           ("x=@random:q", "@random[:seed[:low:high]]"),
                           ("x=@random:1:0:inf", "@random[:seed[:low:high]]"),
                           ("x", "name=x.npy"), ("x=", "name=x.npy"), ("=@1", "name=x.npy")):
            for command in ("run", "compare", "bench"):
                self.fails(command, self.model, "--input", spec, "--shape", "x:1x3", code=2,
                           kind="InvalidArgument", text=text)
        self.fails("run", self.model, "--input", "x=@random", "--input", "x=none.npy", code=2,
                   kind="InvalidArgument", text="--input x=none.npy: the input is given already")
        self.fails("run", self.build(), "--input", "x=@bogus", code=2, kind="InvalidArgument",
                   text="the forms are")

    def literal(self, element, spec, code=0):
        """The bytes that a literal becomes, behind the header of the .npy file."""
        self.write("same.onnx", ob.model([ob.node("Identity", ["x"], ["y"])],
                                         [ob.value("x", ["N"], element)],
                                         [ob.value("y", ["N"], element)]))
        if code:
            return self.fails("run", "same.onnx", "--input", f"x={spec}", code=code,
                              kind="InvalidArgument", text="cannot hold")
        self.run_tenon("run", "same.onnx", "--input", f"x={spec}", "--output", "out")
        raw = (self.folder / "out" / "y.npy").read_bytes()
        return raw[10 + struct.unpack("<H", raw[8:10])[0]:]

    def test_literals_are_what_they_say(self):
        for element, code, numbers in ((ob.INT64, "q", (2**53 + 1, -2**63, 2**63 - 1)),
                                       (UINT64, "Q", (0, 2**53 + 1, 2**64 - 1)),
                                       (UINT8, "B", (0, 255)), (INT8, "b", (-128, 127)),
                                       (BOOL, "?", (0, 1)), (ob.FLOAT, "f", (0.5, -3e38))):
            spec = f"@[{','.join(map(str, numbers))}]"
            self.assertEqual(self.literal(element, spec),
                             struct.pack(f"<{len(numbers)}{code}", *numbers), spec)
        self.assertEqual(self.literal(ob.FLOAT, "@[3.4028235e+38,inf]"),
                         struct.pack("<2f", 3.4028234e38, float("inf")))

    def test_literals_that_the_type_cannot_hold_are_refused(self):
        for element, number in ((UINT8, "300"), (UINT8, "3.7"), (UINT8, "-1"), (INT8, "128"),
                                (ob.INT64, "9223372036854775808"), (UINT64, "18446744073709551616"),
                                (ob.INT64, "nan"), (BOOL, "2"), (ob.FLOAT, "1e39"),
                                (FLOAT16, "70000"), (FLOAT8, "1000")):
            self.literal(element, f"@[{number}]", code=2)
        self.literal(UINT8, "@random:0:0:300", code=2)

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "sanitizers end the process instead")
    def test_too_large_an_input_is_named(self):
        self.write("huge.onnx", ob.model([ob.node("Relu", ["x"], ["y"])],
                                         [ob.value("x", [2**44])], [ob.value("y", [2**44])]))
        self.fails("run", "huge.onnx", "--input", "x=@random", kind="OutOfMemory",
                   text=f"the {2**46} bytes of input 'x'")

    def test_inputs_state_the_shapes_that_models_lack(self):
        """Also where names hold an equals sign, and from folders."""
        unknown = [ob.data(1, name) + ob.data(2, ob.data(1, ob.number(1, ob.FLOAT)))
                   for name in ("a=b", "a")]
        two = self.write("two.onnx", ob.model([ob.node("Sub", ["a", "a=b"], ["y"])], unknown,
                                              [ob.value("y", ["N", 3])]))
        one = self.write("one.onnx", ob.model([ob.node("Relu", ["a"], ["y"])], unknown[1:],
                                              [ob.value("y", ["N", 3])]))
        x = self.write("a.npy", npy([2, 3], range(6)))
        self.write("input_0.pb", ob.tensor("any", [2, 3], floats=[5] * 6))
        for command in ("run", "compare"):
            self.run_tenon(command, one, "--input", f"a={x}")
            self.run_tenon(command, one, "--inputs-from", ".")
            self.run_tenon(command, one, "--input", "a=@random", "--shape", "2x3")
            self.run_tenon(command, two, "--inputs-from", ".")
            self.fails(command, one, "--input", "a=@random", kind="InvalidArgument", text="--shape a")
            self.fails(command, one, "--input", "a=no.npy", kind="NotFound", text="no.npy")
        report = self.json_of("run", two, "--input", f"a={x}", "--input", "a=b=@[1,2,3]")
        self.assertEqual(report["outputs"][0]["shape"], [2, 3])
        self.run_tenon("bench", one, "--shape", "2x3", "--duration", "0.02", "--warmup", "1")
        self.fails("run", two, "--inputs-from", ".", "--shape", "2x3", kind="NotFound",
                   text="the model's inputs are: a=b, a")


class Shapes(Cli):
    def test_what_is_assumed_fits_the_profile(self):
        quick = ("--duration", "0.02", "--warmup", "1")
        for flags, shape in (((), "[1,3]"), (("--min", "2x3", "--max", "4x3"), "[2,3]"),
                             (("--min", "2x3"), "[2,3]"), (("--max", "4x3"), "[1,3]")):
            done = self.run_tenon("build", self.model, "-o", "small.plan", *flags)
            self.assertIn(f"no --opt; {shape} is taken as a guess", done.stdout)
            self.run_tenon("bench", "small.plan", *quick)
            self.run_tenon("bench", self.model, *flags, *quick)
        self.run_tenon("build", self.model, "-o", "small.plan", "--min", "2x3", "--opt", "3x3")
        self.run_tenon("bench", "small.plan", *quick)


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


class FromData(Cli):
    def test_outputs_have_the_shapes_that_the_run_gives_them(self):
        model = self.write("where.onnx", ob.model(
            [ob.node("NonZero", ["x"], ["w"]), ob.node("Neg", ["w"], ["y"])],
            [ob.value("x", [2, 3])], [ob.value("y", [2, "K"], ob.INT64)]))
        for device in ("cpu", "null"):
            self.run_tenon("build", model, "-o", "where.plan", "--device", device)
            for source in (model, "where.plan"):
                for values, count in (([1, 0, 2, 0, 0, 3], 3), ([0] * 6, 0)):
                    x = self.write("x.npy", npy([2, 3], values))
                    report = self.json_of("run", source, "--device", device, "--input", f"x={x}",
                                          "--repeat", 2, "--output", "out")
                    self.assertEqual(report["outputs"][0]["shape"], [2, count])
        report = self.json_of("inspect", model, "--memory")
        self.assertEqual(report["unbounded"], ["w"])

    def test_shapes_may_be_computed(self):
        model = self.write("shape.onnx", ob.model(
            [ob.node("Add", ["s", "s"], ["twice"]), ob.node("Expand", ["x", "twice"], ["y"])],
            [ob.value("x", [1]), ob.value("s", [2], ob.INT64)], [ob.value("y", ["A", "B"])]))
        report = self.json_of("run", model, "--input", "x=@[5]", "--input", "s=@[1,2]")
        self.assertEqual(report["outputs"][0]["shape"], [2, 4])
        self.fails("run", model, "--input", "x=@[5]", "--input", "s=@[1,-2]", kind="Unsupported",
                   text="-4 is computed from data")


if __name__ == "__main__":
    unittest.main()
