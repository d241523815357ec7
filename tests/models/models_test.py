#!/usr/bin/env python3
"""Real models give what onnxruntime gave, and the demo tells the types of files.

    models_test.py TENON FILETYPE [unittest arguments]

TENON is the command line, FILETYPE the program of examples/filetype. The models come from Python
wheels and stay in the user's cache. Where one cannot be had, the reason is printed and the exit code
is 77. references/ holds the outputs of onnxruntime for the inputs of seeded_inputs.py.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

from seeded_inputs import write_input

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCES = pathlib.Path(__file__).resolve().parent / "references"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tenon"
# Of the range of an output.
ALLOWED = 1e-5
SKIPPED = 77


def fetched(name):
    done = subprocess.run([sys.executable, "-m", "bench.fetch", name, "--folder", CACHE], cwd=ROOT,
                          check=False, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"skipped: {done.stderr.strip()}")
        sys.exit(SKIPPED)
    return pathlib.Path(done.stdout.strip())


class Models(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_program(self, *arguments):
        done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False,
                              cwd=self.folder)
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def output_of(self, *arguments):
        report = json.loads(self.run_program(TENON, "run", *arguments, "--output", "out", "--json",
                                             "-"))
        (output,) = report["outputs"]
        self.assertEqual(output["type"], "f32")
        data = (self.folder / output["file"]).read_bytes()
        count = output["shape"][0] * output["shape"][1]
        return list(struct.unpack(f"<{count}f", data[-4 * count:]))

    def agrees_with_the_reference(self, name):
        want = [float(line) for line in (REFERENCES / f"{name}.txt").read_text().split()]
        limit = ALLOWED * (max(want) - min(want))
        tensor, path = write_input(name, self.folder)
        for device in ("cpu", "null"):
            self.run_program(TENON, "build", MODELS[name], "-o", "model.plan", "--device", device)
            for road in (MODELS[name], "model.plan"):
                got = self.output_of(road, "--device", device, "--input", f"{tensor}={path}")
                self.assertEqual(len(got), len(want))
                worst = max(abs(a - b) for a, b in zip(got, want))
                self.assertLessEqual(worst, limit, (device, road))

    def test_filetype_agrees_with_onnxruntime(self):
        self.agrees_with_the_reference("filetype")

    def test_orientation_agrees_with_onnxruntime(self):
        self.agrees_with_the_reference("orientation")

    def test_a_plan_is_ready_before_its_model(self):
        model = MODELS["filetype"]
        self.run_program(TENON, "build", model, "-o", "model.plan")

        def load_s(path):
            report = self.run_program(TENON, "bench", path, "--duration", "0", "--warmup", "0",
                                      "--iterations", "1", "--json", "-")
            return json.loads(report)["load_s"]
        self.assertLess(min(load_s("model.plan") for _ in range(5)), load_s(model) / 2)

    def test_the_demo_tells_types_and_reuses_its_plan(self):
        types = {"/bin/ls": "elf", ROOT / "src" / "graph" / "graph.cc": "cpp",
                 ROOT / "README.md": "markdown", ROOT / "cmake" / "check_layers.py": "python",
                 ROOT / "examples" / "filetype" / "samples" / "waves.png": "png"}
        demo = (FILETYPE, MODELS["filetype"], MODELS["filetype"].with_suffix(".labels.txt"),
                "filetype.plan", *types)
        first, second = self.run_program(*demo), self.run_program(*demo)
        self.assertIn("built  filetype.plan", first)
        self.assertIn("reused filetype.plan", second)
        for shown in (first, second):
            told = dict(line.split()[:2] for line in shown.splitlines() if line.startswith("/"))
            self.assertEqual(told, {str(path): kind for path, kind in types.items()})


if __name__ == "__main__":
    TENON, FILETYPE = map(os.path.abspath, sys.argv[1:3])
    MODELS = {name: fetched(name) for name in ("filetype", "orientation")}
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
