// ONNX's own test cases (package libonnx-testdata): a folder with model.onnx and test_data_set_0,
// which holds input_0.pb … and output_0.pb …, each a TensorProto.
#pragma once

#include "graph/graph.h"
#include "tensor/host_tensor.h"

#include <tenon/error.h>

#include <filesystem>
#include <vector>

namespace tenon::internal::testing {

// What a case is about, by the types of its inputs and outputs and by its operators.
enum class CaseKind : uint8_t {
  // Tensors of numbers; the same result each time.
  kTensors,
  // Sequences and optional values.
  kNoTensors,
  kStrings,
  kBFloat16,
  kRandom,
  // Operators of the training domain.
  kTraining,
};

struct CaseFacts {
  CaseKind kind = CaseKind::kTensors;
  // Whether all operators can be imported in the opset of the case.
  bool has_all_operators = false;
};

// Errors: those of reading the model.
Result<CaseFacts> read_facts(const std::filesystem::path& folder);

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
  // The first dim of an input is a symbol of its own.
  kOpenLeading,
  // Every dim of an input is one.
  kOpen,
};

// The cases give each operand as an input, also one that decides shapes. Operands that an op reads
// on the host become constants, as exporters write them. Errors: those of the import.
Result<OnnxCase> read_case(const std::filesystem::path& folder, CaseDims dims);

}  // namespace tenon::internal::testing
