// The windows of convolutions and pools, whatever op they are an attribute of.
#pragma once

#include "graph/graph.h"
#include "ops/window.h"
#include "tensor/attributes.h"

#include <optional>

namespace tenon::internal {

// Of a Conv or a pool over windows; nullopt for all else.
std::optional<WindowAttrs> window_of(const Node& node);

// The attributes of such a node with another window.
Attrs with_window(const Node& node, const WindowAttrs& window);

}  // namespace tenon::internal
