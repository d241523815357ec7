#!/usr/bin/env python3
"""Bad input gives an error that names the thing, exit code 1 (2 for flags that are wrong together),
and nothing half-written."""

import json
import struct
import unittest

import onnx_bytes as ob
from cli_case import Cli


class BadModels(Cli):
    def bad(self, content, kind, text):
        model = self.write("bad.onnx", content)
        error = self.fails("build", model, "-o", "bad.plan", kind=kind, text=text)
        self.fails("run", model, "--input", "x=@random", kind=kind, text=text)
        return error

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
        error = self.bad(ob.model(nodes, [ob.value("x", [4])], [ob.value("y", [4])],
                                  [ob.tensor("w", [3], floats=[1, 2, 3])]), "InvalidArgument",
                         "do not broadcast")
        self.assertEqual(error["node"], "sum")

    def test_opsets_of_two_versions(self):
        content = ob.small_model() + ob.data(8, ob.data(1, "ai.onnx") + ob.number(2, 11))
        self.bad(content, "CorruptData", "opsets 13 and 11 of ai.onnx are imported")

    def test_outputs_of_another_shape_are_a_warning(self):
        nodes = [ob.node("Relu", ["x"], ["y"], "r")]
        model = self.write("odd.onnx", ob.model(nodes, [ob.value("x", [2, 3])],
                                                [ob.value("y", [2, 4])]))
        for shape in ((), ("--shape", "2x3")):
            done = self.run_tenon("run", model, "--input", "x=@random", *shape)
            self.assertEqual(done.stderr.count("warning"), 1)
            self.assertIn("the shape [2,4] of output 'y', and its node computes f32[2,3]",
                          done.stderr)

    def test_profiles_that_no_shape_satisfies(self):
        nodes = [ob.node("Add", ["x", "z"], ["y"], "sum")]
        model = self.write("two.onnx", ob.model(
            nodes, [ob.value("x", ["N"]), ob.value("z", ["M"])], [ob.value("y", ["K"])]))
        profile = ("--min", "x:2", "--max", "x:4", "--min", "z:5", "--max")
        self.fails("build", model, "-o", "x.plan", *profile, "z:8", kind="InvalidArgument",
                   text="at Add 'sum': 'x' f32[N] and 'z' f32[M] do not broadcast")
        self.fails("build", model, "-o", "x.plan", "--opt", "x:4", "--opt", "z:5",
                   kind="InvalidArgument", text="at the shapes that the profile is tuned for (opt)")

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


class BadFlags(Cli):
    def test_labels_are_as_many_as_the_elements_of_a_row(self):
        shown = ("run", self.model, "--input", "x=@random", "--shape", "x:1x3", "--show", 1)
        for lines in (b"red\ngreen\n", b"red\ngreen\nblue\ncyan\n", b""):
            labels = self.write("labels.txt", lines)
            self.fails(*shown, "--labels", labels, "--output", "out", kind="InvalidArgument",
                       text=f"labels.txt: its number of lines is {lines.count(10)}, and the elements "
                            "of a row are 3 of 'y'")
        self.fails(*shown, "--labels", "none.txt", kind="NotFound", text="none.txt")
        self.write("dos.txt", b"red\r\nred\r\nred")
        self.assertRegex(self.run_tenon(*shown, "--labels", "dos.txt").stdout, r"  red\n$")

    def test_threads_are_given_once_and_to_the_cpu(self):
        for command, flags in (("build", ("-o", "x.plan")), ("run", ("--input", "x=@random")),
                               ("bench", ()), ("compare", ("--input", "x=@random")),
                               ("inspect", ("--memory",))):
            for device in ("cpu:threads=3", "cpu:isa=avx2,threads=3"):
                self.fails(command, self.model, *flags, "--device", device, "--threads", 2,
                           kind="InvalidArgument",
                           text=f"--threads 2 and the threads of device {device}", code=2)
            self.fails(command, self.model, *flags, "--threads", 2, "--device", "null:1",
                       kind="InvalidArgument", text="--threads is for the cpu, not for device null:1",
                       code=2)


if __name__ == "__main__":
    unittest.main()
