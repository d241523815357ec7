// ONNX's own test cases (package libonnx-testdata): a folder with model.onnx and test_data_set_0,
// which holds input_0.pb … and output_0.pb …, each a TensorProto.
#pragma once

#include "graph/graph.h"
#include "tensor/host_tensor.h"

#include <tenon/error.h>

#include <filesystem>
#include <vector>

namespace tenon::internal::testing {

// Whether all operators of a case can be imported in its opset. False too for a model that cannot
// be read.
bool has_all_operators(const std::filesystem::path& folder);

struct OnnxCase {
  Graph graph;
  // In the order of the graph's inputs.
  std::vector<HostTensor> inputs;
  // What the outputs must be.
  std::vector<HostTensor> outputs;
};

enum class CaseDims : uint8_t {
  // As the model states them.
  kFixed,
  // Every dim of an input is a symbol of its own.
  kOpen,
};

// The cases give each operand as an input, also one that decides shapes. Operands that an op reads
// on the host become constants, as exporters write them. Errors: those of the import.
Result<OnnxCase> read_case(const std::filesystem::path& folder, CaseDims dims);

}  // namespace tenon::internal::testing
