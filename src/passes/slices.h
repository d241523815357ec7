// Slices of one range of an axis, as passes read and write them.
#pragma once

#include "graph/patch.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tenon::internal {

// Elements [begin, begin + count) along an axis.
struct AxisRange {
  size_t axis = 0;
  int64_t begin = 0;
  int64_t count = 0;
};

// What a Slice takes, where that is numbers.
std::optional<AxisRange> range_of_slice(const Graph& graph, const Node& node);

// Errors: as Patch::add_node.
Result<ValueId> add_slice(Patch& patch, NodeId before, ValueId value, const AxisRange& range,
                          std::string_view name);

}  // namespace tenon::internal
