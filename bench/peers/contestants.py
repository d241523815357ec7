"""The engines that are compared, and how each is started."""

import dataclasses
import pathlib
import sys


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One row of the comparison."""

    name: str
    engine: str
    precision: str
    # Peers that Tenon is held against; the others are shown only.
    is_peer: bool = False

    def command(self, programs: pathlib.Path) -> list[str]:
        if self.engine == "tenon":
            return [str(programs / "tenon_engine")]
        return [sys.executable, "-m", f"bench.peers.{self.engine}_engine"]


TENON = Contestant("tenon", "tenon", "f32")

# Rows in the table's order. OpenVINO's own choice of precision is bf16 where the CPU has it, which
# is another result and therefore another row.
CONTESTANTS = (
    TENON,
    Contestant("onnxruntime", "onnxruntime", "f32", is_peer=True),
    Contestant("openvino f32", "openvino", "f32", is_peer=True),
    Contestant("openvino default", "openvino", "default"),
)

# What results are held against.
REFERENCE = CONTESTANTS[1]
