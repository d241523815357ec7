// Values that constants alone lead to.
#pragma once

#include "graph/graph.h"
#include "tensor/host_tensor.h"

#include <optional>

namespace tenon::internal {

// The tensor of a value that is a constant, has elements that are known numbers, or is computed
// from such values alone: by few nodes, none of which makes a large tensor. None otherwise; passes
// fold those later.
std::optional<HostTensor> evaluate_constant(const Graph& graph, ValueId id);

}  // namespace tenon::internal
