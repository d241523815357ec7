"""OpenVINO as one of the engines: the hint for latency, and the precision that is asked for.

"f32" sets the hint for the inference precision; "default" leaves it to OpenVINO, which takes bf16
where the CPU has it.
"""

import openvino

from bench.peers.serve import Opening, Tensors, serve


class Compiled:
    """A compiled model with one request."""

    def __init__(self, opening: Opening):
        config: dict[str, object] = {"INFERENCE_NUM_THREADS": opening.threads,
                                     "PERFORMANCE_HINT": "LATENCY"}
        if opening.precision == "f32":
            config["INFERENCE_PRECISION_HINT"] = "f32"
        # A first and a later start differ only in what the folder holds.
        if opening.keep is not None:
            config["CACHE_DIR"] = opening.keep
        self._compiled = openvino.Core().compile_model(opening.model, "CPU", config)
        self._request = self._compiled.create_infer_request()
        # Tensors share the memory of these.
        self._inputs: Tensors = {}

    def bind(self, inputs: Tensors) -> None:
        self._inputs = inputs
        for name, value in inputs.items():
            self._request.set_tensor(name, openvino.Tensor(value, shared_memory=True))

    def run(self) -> None:
        self._request.infer(share_outputs=True)

    def results(self) -> Tensors:
        return {output.get_any_name(): self._request.get_tensor(output).data.copy()
                for output in self._compiled.outputs}


if __name__ == "__main__":
    serve(openvino.__version__.split("-")[0], Compiled)
