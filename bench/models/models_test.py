"""The generator: same bytes each time, forms as published, activations in a sane range.

    python3 -m bench.models.models_test [unittest arguments]

Needs the packages onnx, numpy and onnxruntime; `./dev models` runs it.
"""

import unittest

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper

from bench.models.manifest import read_manifest, record_of
from bench.models.networks import NAMES, NETWORKS, QUANTIZED, generate
from bench.models.weights import Weights

# Small enough to be generated in a test.
SMALL = ("mobilenetv2", "mobilenetv2_qdq", "yolov8n")

# Nodes, parameters in millions and GFLOP at batch 1.
FORMS = {
    "bert": (622, 109.5, 22.35),
    "bert_ln": (422, 109.5, 22.35),
    "gpt": (288, 34.1, 0.06),
    "mobilenetv2": (152, 3.5, 0.60),
    "resnet50": (175, 25.6, 8.18),
    "speech": (22, 5.2, 1.03),
    "unet": (68, 7.8, 24.15),
    "vit": (361, 86.6, 35.13),
    "yolov8n": (233, 3.2, 8.74),
}


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model.SerializeToString(),
                                        providers=["CPUExecutionProvider"])


class Manifest(unittest.TestCase):
    def test_names_every_model(self) -> None:
        self.assertEqual(sorted(read_manifest()), sorted(NAMES))

    def test_has_the_published_forms(self) -> None:
        records = read_manifest()
        self.assertEqual(sorted(FORMS), sorted(NETWORKS))
        for name, (nodes, millions, gflop) in FORMS.items():
            self.assertEqual(records[name].nodes, nodes, name)
            self.assertEqual(round(records[name].parameters / 1e6, 1), millions, name)
            self.assertEqual(round(records[name].gflop, 2), gflop, name)

    def test_holds_for_two_runs_of_the_generator(self) -> None:
        records = read_manifest()
        for name in SMALL:
            first = generate(name)
            self.assertEqual(first.data, generate(name).data, name)
            self.assertEqual(record_of(first), records[name], name)


class WeightStream(unittest.TestCase):
    def test_is_fixed(self) -> None:
        drawn = Weights("seed").uniform("name", [3], -1, 1)
        self.assertEqual(drawn.tolist(),
                         [-0.009086966514587402, 0.775965690612793, -0.03675949573516846])

    def test_depends_on_seed_and_name_only(self) -> None:
        one = Weights("a").spread("x", [64], 1.0)
        self.assertTrue(numpy.array_equal(one, Weights("a").spread("x", [8, 8], 1.0).ravel()))
        self.assertFalse(numpy.array_equal(one, Weights("b").spread("x", [64], 1.0)))
        self.assertFalse(numpy.array_equal(one, Weights("a").spread("y", [64], 1.0)))

    def test_has_the_deviation_asked_for(self) -> None:
        for drawn in (Weights("a").spread("x", [100_000], 0.5),
                      Weights("a").balanced("x", [10, 10_000], 0.5, output_axis=0)):
            self.assertAlmostEqual(float(drawn.std()), 0.5, delta=0.005)
            self.assertAlmostEqual(float(drawn.mean()), 0.0, delta=0.005)

    def test_balances_each_output(self) -> None:
        drawn = Weights("a").balanced("x", [500, 4], 1.0, output_axis=1)
        self.assertLess(float(numpy.abs(drawn.sum(axis=0)).max()), 1e-3)


class Activations(unittest.TestCase):
    def test_stay_small_and_depend_on_the_picture(self) -> None:
        model = onnx.load_from_string(generate("mobilenetv2").data)
        output = model.graph.output[0].name
        watched = [node.output[0] for node in model.graph.node if node.op_type in ("Clip", "Add")]
        model.graph.output.extend(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            for name in watched)
        session = session_of(model)
        pictures = numpy.random.default_rng(1).uniform(-1, 1, (2, 3, 224, 224)).astype("float32")
        values = session.run(None, {"image": pictures})
        results = dict(zip([output, *watched], values, strict=True))
        for name, value in results.items():
            self.assertGreater(float(value.std()), 0.1, name)
            self.assertLess(float(numpy.abs(value).max()), 16, name)
        logits = results[output]
        self.assertGreater(float((logits[0] - logits[1]).std()), 0.05 * float(logits.std()))


class Quantized(unittest.TestCase):
    def setUp(self) -> None:
        self.model = onnx.load_from_string(generate(f"mobilenetv2{QUANTIZED}").data)

    def test_has_the_convention_that_runtimes_fuse(self) -> None:
        arrays = {t.name: numpy_helper.to_array(t) for t in self.model.graph.initializer}
        producers = {name: node for node in self.model.graph.node for name in node.output}
        self.assertFalse([n for n in self.model.graph.node if n.op_type == "BatchNormalization"])
        convs = [node for node in self.model.graph.node if node.op_type == "Conv"]
        self.assertEqual(len(convs), 52)
        for conv in convs:
            x, weight, bias = (producers[name] for name in conv.input)
            self.assertEqual({n.op_type for n in (x, weight, bias)}, {"DequantizeLinear"})
            self.assertEqual(arrays[x.input[2]].dtype, numpy.uint8)
            self.assertEqual(arrays[weight.input[0]].dtype, numpy.int8)
            self.assertEqual(arrays[weight.input[1]].shape, arrays[weight.input[0]].shape[:1])
            self.assertFalse(arrays[weight.input[2]].any())
            self.assertEqual(arrays[bias.input[0]].dtype, numpy.int32)

    def test_computes_nearly_what_the_floats_compute(self) -> None:
        picture = numpy.random.default_rng(2).uniform(-1, 1, (1, 3, 224, 224)).astype("float32")
        exact = session_of(onnx.load_from_string(generate("mobilenetv2").data))
        want = exact.run(None, {"image": picture})[0]
        got = session_of(self.model).run(None, {"image": picture})[0]
        self.assertLess(float(numpy.abs(got - want).max()), 0.1 * float(want.max() - want.min()))


if __name__ == "__main__":
    unittest.main()
