// How messages about a model name its parts: escaped, because the names come from a file, and
// short.
#pragma once

#include "onnx/model_reader.h"

#include <string>
#include <string_view>

namespace tenon::internal {

// 'conv1'; a long name is cut.
std::string name_text(std::string_view name);

// "Conv 'conv1'", or "Conv of 'y'" for a node without a name.
std::string describe(const NodeProto& node);

}  // namespace tenon::internal
