#!/usr/bin/env python3
"""Real models through every road of the command line, against onnxruntime.

    compare_onnxruntime.py TENON CACHE

Each model runs from the ONNX file and from a plan, on cpu and null, with batch 1 and 3, on seeded
inputs. An output may differ by 1e-5 of its range. Prints one line for each road and the time it takes
to load the plan; exit code 1 if one differs. Needs the packages onnxruntime and numpy; `./dev models`
makes an environment with them.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALLOWED = 1e-5


def fetched(name, cache):
    done = subprocess.run([sys.executable, ROOT / "examples" / "fetch_model.py", name, cache],
                          check=True, capture_output=True, text=True)
    return pathlib.Path(done.stdout.strip())


def inputs_of(session, batch, random):
    feeds = {}
    for info in session.get_inputs():
        shape = [dim if isinstance(dim, int) else batch for dim in info.shape]
        if "float" in info.type:
            feeds[info.name] = random.uniform(-1, 1, shape).astype(numpy.float32)
        else:
            feeds[info.name] = random.integers(0, 257, shape).astype(numpy.int32)
    return feeds


def run(tenon, model, device, feeds, folder):
    command = [tenon, "run", model, "--device", device, "--output", folder / "out", "--json", "-"]
    for index, (name, value) in enumerate(feeds.items()):
        numpy.save(folder / f"in_{index}.npy", value)
        command += ["--input", f"{name}={folder / f'in_{index}.npy'}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [numpy.load(output["file"]) for output in json.loads(done.stdout)["outputs"]]


def load_ms(tenon, plan):
    done = subprocess.run([tenon, "bench", plan, "--duration", "0", "--warmup", "0", "--iterations",
                           "1", "--json", "-"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["load_s"] * 1e3


def main(tenon, cache):
    models = {"digits": (ROOT / "examples" / "digits" / "model.onnx", (1,)),
              "filetype": (fetched("filetype", cache), (1, 3)),
              "orientation": (fetched("orientation", cache), (1, 3))}
    failed = 0
    for name, (model, batches) in models.items():
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        for device in ("cpu", "null"):
            with tempfile.TemporaryDirectory() as scratch:
                folder = pathlib.Path(scratch)
                plan = folder / "model.plan"
                subprocess.run([tenon, "build", model, "-o", plan, "--device", device], check=True,
                               stdout=subprocess.DEVNULL)
                for batch in batches:
                    feeds = inputs_of(session, batch, numpy.random.default_rng(batch))
                    want = session.run(None, feeds)
                    for road in (model, plan):
                        got = run(tenon, road, device, feeds, folder)
                        worst = max(float(numpy.abs(g - w).max() / (w.max() - w.min()))
                                    for g, w in zip(got, want, strict=True))
                        good = worst <= ALLOWED and all(
                            g.shape == w.shape and g.dtype == w.dtype
                            for g, w in zip(got, want, strict=True))
                        failed += not good
                        kind = "plan" if road == plan else "onnx"
                        print(f"{name:<12} batch {batch} {device:<5} {kind:<5} "
                              f"error {worst:.2e} of the range  {'ok' if good else 'FAILED'}")
                if device == "cpu":
                    times = sorted(load_ms(tenon, plan) for _ in range(9))
                    print(f"{name:<12} plan load ms: min {times[0]:.2f}, median {times[4]:.2f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
