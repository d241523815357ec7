"""Real models give what onnxruntime gave, and the examples do with them what they are for.

    python3 -m tests.models.models_test TENON [unittest arguments]

TENON is the command line; the programs of examples/ lie beside it. The models come from Python wheels
and stay in the user's cache. Where one cannot be had, the reason is printed and the exit code is 77.
references/ holds the outputs of onnxruntime for the inputs of seeded_inputs.py.
"""

import array
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

from tests.models import sounds
from tests.models.seeded_inputs import (CHUNK, CHUNKS, CONTEXT, STATE, speech_chunks, write_array,
                                        write_inputs)

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCES = pathlib.Path(__file__).resolve().parent / "references"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tenon"
# Of the range of an output; of the pitch the logarithms of what is nearly silent are compared.
ALLOWED = 1e-5
ALLOWED_OF = {"pitch": 1e-3}
MODELS = ("filetype", "orientation", "pitch", "text_detector", "text_reader", "voice")
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

    def example(self, name, *arguments):
        return self.run_program(TENON.parent / name, *arguments)

    def outputs_of(self, *arguments):
        """The elements of each output."""
        report = json.loads(self.run_program(TENON, "run", *arguments, "--output", "out", "--json",
                                             "-"))
        outputs = []
        for output in report["outputs"]:
            data = (self.folder / output["file"]).read_bytes()
            count = 1
            for extent in output["shape"]:
                count *= extent
            kind = {"f32": "f", "f64": "d"}[output["type"]]
            outputs.append(struct.unpack(f"<{count}{kind}", data[-count * struct.calcsize(kind):]))
        return outputs

    def assert_agrees(self, model, outputs, what):
        want = [float(line) for line in (REFERENCES / f"{model}.txt").read_text().split()]
        self.assertEqual(sum(map(len, outputs)), len(want), what)
        for got in outputs:
            part, want = want[:len(got)], want[len(got):]
            limit = ALLOWED_OF.get(model, ALLOWED) * (max(part) - min(part))
            self.assertLessEqual(max(abs(a - b) for a, b in zip(got, part)), limit, what)

    def agrees_with_the_reference(self, name):
        flags = []
        for tensor, path in write_inputs(name, self.folder).items():
            flags += ["--input", f"{tensor}={path}"]
        for device in ("cpu", "null"):
            self.run_program(TENON, "build", FILES[name], "-o", "model.plan", "--device", device)
            for road in (FILES[name], "model.plan"):
                got = self.outputs_of(road, "--device", device, *flags)
                self.assert_agrees(name, got, (device, road))

    def test_filetype_agrees_with_onnxruntime(self):
        self.agrees_with_the_reference("filetype")

    def test_orientation_agrees_with_onnxruntime(self):
        self.agrees_with_the_reference("orientation")

    def test_pitch_agrees_with_onnxruntime(self):
        self.agrees_with_the_reference("pitch")

    def test_voice_agrees_with_onnxruntime_while_its_state_goes_round(self):
        self.run_program(TENON, "build", FILES["voice"], "-o", "voice.plan",
                         "--shape", f"input:1x{CONTEXT + CHUNK}", "--shape", "state:2x1x128")
        state = bytes(4 * 2 * 1 * 128)
        probabilities = []
        for chunk in speech_chunks():
            write_array(self.folder / "chunk.npy", (1, len(chunk)), "<f4", chunk.tobytes())
            write_array(self.folder / "state.npy", STATE, "<f4", state)
            (probability,), numbers = self.outputs_of(
                "voice.plan", "--input", "input=chunk.npy", "--input", "state=state.npy",
                "--input", f"sr=@{sounds.RATE}")
            state = array.array("f", numbers).tobytes()
            probabilities.append(probability)
        self.assertEqual(len(probabilities), CHUNKS)
        self.assert_agrees("voice", [probabilities, numbers], "voice")

    def test_a_model_whose_ranks_depend_on_shapes_says_so(self):
        done = subprocess.run([TENON, "build", FILES["voice"], "-o", "voice.plan"],
                              capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("fix the shapes of the inputs that decide it (--shape", done.stderr)

    def test_a_plan_is_ready_before_its_model(self):
        model = FILES["filetype"]
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
        demo = ("filetype", FILES["filetype"], FILES["filetype"].with_suffix(".labels.txt"),
                "filetype.plan", *types)
        first, second = self.example(*demo), self.example(*demo)
        self.assertIn("built  filetype.plan", first)
        self.assertIn("reused filetype.plan", second)
        for shown in (first, second):
            told = dict(line.split()[:2] for line in shown.splitlines() if line.startswith("/"))
            self.assertEqual(told, {str(path): kind for path, kind in types.items()})


    def test_ocr_reads_the_lines_of_a_page(self):
        shown = self.example("ocr", FILES["text_detector"], FILES["text_reader"],
                             FILES["text_reader"].with_suffix(".labels.txt"), self.folder,
                             ROOT / "examples" / "ocr" / "samples" / "page.png")
        lines = re.findall(r"^ *(\d+) +(\d+) +(\d+) +(\d+) +[\d.]+% +[\d.]+ ms  (.*)$", shown, re.M)
        self.assertEqual([line[-1] for line in lines], [
            "An engine is a built model:", "weights are mapped, not copied,",
            "one arena for a context,", "and a run allocates nothing.",
            "Invoice 2026-118, 1 430.00 EUR"])
        for row, box in enumerate(lines):
            left, top, width, height = map(int, box[:4])
            self.assertAlmostEqual(left, 30 + 20 * (row % 3), delta=5)
            self.assertAlmostEqual(top + height / 2, 39 + 48 * row, delta=5)
            self.assertTrue(260 < width < 450 and 20 < height < 45, box)

    def test_vad_finds_the_phrases(self):
        sound = sounds.write("speech", self.folder)
        shown = self.example("vad", FILES["voice"], "voice.plan", sound)
        pieces = re.findall(r"^speech from ([\d.]+) s to ([\d.]+) s$", shown, re.M)
        self.assertEqual(len(pieces), len(sounds.PHRASES), shown)
        for (begin, end), phrase in zip(pieces, sounds.PHRASES):
            self.assertAlmostEqual(float(begin), phrase[0], delta=0.1)
            self.assertAlmostEqual(float(end), phrase[1], delta=0.2)
        self.assertNotIn("speech", self.example("vad", FILES["voice"], "voice.plan",
                                                sounds.write("tone", self.folder)))

    def test_pitch_finds_a_tone_where_it_sounds(self):
        shown = self.example("pitch", FILES["pitch"], "pitch.plan",
                             sounds.write("tone", self.folder))
        frames = [(float(at), None if hz == "-" else float(hz))
                  for at, hz in re.findall(r"^ *([\d.]+) +(-|[\d.]+) +[\d.]+%$", shown, re.M)]
        self.assertEqual(len(frames), sounds.SECONDS["tone"] * sounds.RATE // 256)
        for at, hz in frames:
            if sounds.TONE[0] + 0.1 <= at <= sounds.TONE[1] - 0.1:
                self.assertIsNotNone(hz, at)
            if not sounds.TONE[0] - 0.1 <= at <= sounds.TONE[1] + 0.1:
                self.assertIsNone(hz, at)
            if hz is not None:
                self.assertAlmostEqual(hz, sounds.TONE_HZ, delta=4, msg=at)
        median = float(re.search(r"^median ([\d.]+) Hz$", shown, re.M)[1])
        self.assertAlmostEqual(median, sounds.TONE_HZ, delta=1)

    def test_what_cannot_be_read_is_a_failure(self):
        slow = sounds.write("tone", self.folder)
        data = bytearray(slow.read_bytes())
        data[24:28] = (8000).to_bytes(4, "little")
        slow.write_bytes(data)
        reader = ("ocr", FILES["text_detector"], FILES["text_reader"])
        for command, message in (
                (("vad", FILES["voice"], "v.plan", slow), "8000 samples a second"),
                (("pitch", FILES["pitch"], "p.plan", "none.wav"), "none.wav"),
                ((*reader, FILES["text_reader"].with_suffix(".labels.txt"), ".", slow), "no PNG"),
                ((*reader, "none.txt", ".", ROOT / "examples" / "ocr" / "samples" / "page.png"),
                 "the list has 0")):
            done = subprocess.run([TENON.parent / command[0], *command[1:]], capture_output=True,
                                  text=True, check=False, cwd=self.folder)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    TENON = pathlib.Path(sys.argv[1]).resolve()
    FILES = {name: fetched(name) for name in MODELS}
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
