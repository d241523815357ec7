// Bodies of nodes (If, Loop, Scan) while a model is imported.
#pragma once

#include "graph/graph.h"
#include "onnx/model_reader.h"

#include <tenon/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// A value of a body that is a slice, by the number of the iteration, of one outside.
struct BodySlice {
  std::string_view name;
  ValueId of;
  int64_t axis = 0;
  // From the end on.
  bool reversed = false;
};

// How a body is to be imported.
struct BodyForm {
  // Of the first inputs of the graph to be: names in the body, "" for those it does not have, and
  // types.
  std::vector<std::string_view> names;
  std::vector<ValueInfo> infos;
  // The first of those is the number of the iteration.
  std::vector<BodySlice> slices = {};
  // Input 1, the condition to go on, is also the first output.
  bool passes_condition = false;
};

struct ImportedBody {
  Graph graph;
  // Of the outputs: whether it is a constant truth that holds, or input 1.
  bool always_goes_on = false;
};

class BodyImporter {
 public:
  virtual ~BodyImporter() = default;
  // A body as a graph. `captures` are the values around it that its last inputs stand for: those
  // that are there already stay, in their order.
  virtual Result<ImportedBody> import_body(const GraphProto& body, const BodyForm& form,
                                           std::vector<ValueId>& captures) = 0;
  // The nodes of a body in the place of the node: the values that its outputs are, with these names
  // where the body computes them.
  virtual Result<std::vector<ValueId>> import_inline(const GraphProto& body,
                                                     std::span<const std::string> names) = 0;
};

}  // namespace tenon::internal
