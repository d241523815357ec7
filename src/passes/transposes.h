// Permutations of axes, and where a transposed operand costs nothing.
#pragma once

#include "graph/graph.h"
#include "tensor/host_tensor.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// Axis i of the result is axis perm[i] of the operand.
using Permutation = std::vector<int64_t>;

bool is_transpose(const Node& node);

// Of a Transpose in a valid graph.
Permutation permutation_of(const Graph& graph, const Node& node);

// The one transpose that does what `first` and then `second` do.
Permutation compose(const Permutation& first, const Permutation& second);
Permutation inverse(const Permutation& perm);
bool is_identity(const Permutation& perm);

// A constant with its axes in another order. Errors: OutOfMemory, Unsupported for four-bit types.
Result<HostTensor> transposed(const HostTensor& tensor, const Permutation& perm);

// Whether operand `operand` of a node is read through a view where it is the result of this
// transpose: as a factor of a product of floating numbers whose rows or columns stay side by side
// in memory.
bool is_view_operand(const Graph& graph, const Node& node, size_t operand, const Permutation& perm);

}  // namespace tenon::internal
