// Random networks for tests of fusing: what exporters write, in small.
#pragma once

#include "graph/graph.h"

#include <cstdint>
#include <vector>

namespace tenon::internal::testing {

// Convolutions, products, normalizations, pools, attention and reductions with constant weights;
// the arithmetic around them that passes fold and fuse (scales, biases, activations, residuals),
// some of it used twice; transposes there and back; channels and columns that are split and joined.
// Values stay around 1, and no op jumps where its operand changes a little, so that results can be
// compared with a tolerance. The number of channels of an image may be open, and follow from the
// weights. The same graph for a seed.
Graph random_network(uint64_t seed);

// Tensors for the inputs of such a network, or of a random_graph().
std::vector<HostTensor> random_network_inputs(const Graph& network, uint64_t seed);

}  // namespace tenon::internal::testing
