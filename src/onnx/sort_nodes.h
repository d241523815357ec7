// The order in which the nodes of a graph or function body can be imported.
#pragma once

#include "onnx/model_reader.h"

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tenon::internal {

// What a node reads: its operands, and what its bodies read that they do not compute. May name a
// value twice; omitted operands are "".
std::vector<std::string_view> names_read(const NodeProto& node);

// Indices of `nodes`, each behind those whose outputs it reads, otherwise in the order of the file.
// ONNX asks for sorted nodes; files that are not are common enough to be taken. `given` names the
// values that no node computes. Errors: CorruptData naming the nodes for a value that two of them
// compute or that is given and computed, for one that nothing computes, and for a cycle.
Result<std::vector<size_t>> topological_order(std::span<const NodeProto> nodes,
                                              const std::unordered_set<std::string_view>& given);

}  // namespace tenon::internal
