"""ONNX Runtime as one of the engines: all graph optimizations, threads that spin, inputs and
outputs bound once."""

import os

import onnxruntime

from bench.peers.serve import Opening, Tensors, serve

PROVIDERS = ["CPUExecutionProvider"]


class Session:
    """An inference session with its binding."""

    def __init__(self, opening: Opening):
        assert opening.precision == "f32", "the CPU provider has no other precision on x86-64"
        levels = onnxruntime.GraphOptimizationLevel
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = opening.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.graph_optimization_level = levels.ORT_ENABLE_ALL
        model = opening.model
        if opening.keep is not None:
            optimized = os.path.join(opening.keep, "optimized.onnx")
            if opening.kept:
                model = optimized
                options.graph_optimization_level = levels.ORT_DISABLE_ALL
            else:
                options.optimized_model_filepath = optimized
        self._session = onnxruntime.InferenceSession(model, options, providers=PROVIDERS)
        self._binding = self._session.io_binding()
        # Bound values share the memory of these.
        self._inputs: Tensors = {}

    def bind(self, inputs: Tensors) -> None:
        self._inputs = inputs
        for name, value in inputs.items():
            self._binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value))
        for output in self._session.get_outputs():
            self._binding.bind_output(output.name)

    def run(self) -> None:
        self._session.run_with_iobinding(self._binding)

    def results(self) -> Tensors:
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._binding.copy_outputs_to_cpu(), strict=True))


if __name__ == "__main__":
    serve(onnxruntime.__version__, Session)
