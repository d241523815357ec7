// Reductions over axes.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

struct ReduceAttrs {
  // Reduced axes stay as dimensions of extent 1.
  bool keepdims = true;
  // What no axes, or an empty list of them, means: nothing is reduced, instead of everything.
  bool noop_with_empty_axes = false;
  bool operator==(const ReduceAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("keepdims", self.keepdims);
    field("noop_with_empty_axes", self.noop_with_empty_axes);
  }
};

std::span<const OpDef* const> reduce_ops();

}  // namespace tenon::internal
