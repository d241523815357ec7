// Which nodes become regions: the search behind fuse-regions.
#pragma once

#include "graph/graph.h"

#include <vector>

namespace tenon::internal {

// Nodes that can be one region. Each list is in the order of the graph, and what its nodes compute
// is used inside of the group only, but for the last one's result.
struct RegionGroup {
  // Invalid: none.
  NodeId anchor;
  // Pointwise nodes that compute operand 0 of the anchor.
  std::vector<NodeId> before;
  // Pointwise nodes over the anchor's result.
  std::vector<NodeId> after;
};

// Disjoint groups. Every anchor has one, also where nothing can be fused with it; pointwise nodes
// alone have one where there are at least two of them.
std::vector<RegionGroup> find_region_groups(const Graph& graph);

}  // namespace tenon::internal
