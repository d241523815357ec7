// Which regions are computed whole, by a fixed rule.
#pragma once

#include "device/device.h"
#include "graph/graph.h"

#include <tenon/error.h>

namespace tenon::internal {

// Splits the regions that no tactic of the device but its last resort computes, in whatever
// layouts, so that their parts may find one. A device with nothing but last resorts computes all
// regions whole. Errors: those of split_region().
Status split_regions(Graph& graph, const Device& device);

}  // namespace tenon::internal
