"""What tests of the command line share: the program, its reports, files of tensors.

A file of tests is run as `FILE TENON [unittest arguments]`, where TENON is the program.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import onnx_bytes as ob

TENON = os.path.abspath(sys.argv.pop(1))
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


