// Random graphs for property tests: every op of the table of cases, and the patterns that exporters
// make and passes look for (shape arithmetic, views of views, transposes, duplicates, dead nodes).
#pragma once

#include "graph/graph.h"

#include <cstdint>
#include <vector>

namespace tenon::internal::testing {

// Depends on the seed only. Verified at kImported. All its symbols are dims of inputs; for every
// value of them from 0 to 4 it runs, with tensors of a few thousand elements at most.
Graph random_graph(uint64_t seed, int nodes = 20);

// Tensors for the inputs of such a graph, under random values of the symbols that have none.
std::vector<HostTensor> random_inputs(const Graph& graph, uint64_t seed,
                                      SymbolBindings bindings = {});

}  // namespace tenon::internal::testing
