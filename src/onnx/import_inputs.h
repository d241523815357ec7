// Inputs of a model: their element types and their dims, numbers and symbols.
#pragma once

#include "onnx/import.h"
#include "onnx/model_reader.h"
#include "tensor/value_info.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tenon::internal {

struct ModelInput {
  std::string_view name;
  ValueInfo info;
};

// Whether a dim says nothing. Exporters write such a one without a name, or as -1.
bool is_open(const DimProto& dim);

// The inputs that are not in `constants` (older files list their initializers as inputs too). A dim
// with a name becomes a symbol, the same for the same name and another for every other; an open dim
// without one gets a symbol of its own, made from the input's name and the axis. `shapes` fixes
// dims by input name, and with them all others of the same symbol. Errors: Unsupported for an input
// that is no tensor or has an element type that Tenon lacks; CorruptData for a bad dim or two
// inputs of one name; InvalidArgument for an input without a shape that neither `shapes` names nor
// `missing_shape` (which may be empty) tells, and for shapes of no input or that do not fit.
Result<std::vector<ModelInput>> read_inputs(const GraphProto& graph,
                                            const std::unordered_set<std::string_view>& constants,
                                            const InputShapes& shapes,
                                            const MissingShape& missing_shape = {});

}  // namespace tenon::internal
