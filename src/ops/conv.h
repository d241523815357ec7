// Conv: convolution over one to three spatial axes.
#pragma once

#include "ops/op_def.h"
#include "ops/window.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct ConvAttrs {
  // kernel_shape may be empty: the weights state it.
  WindowAttrs window = {};
  int64_t group = 1;
  bool operator==(const ConvAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    WindowAttrs::fields(self.window, field);
    field("group", self.group);
  }
};

// Operands: x[N, C, D...], weights[M, C/group, K...], optionally bias[M]; all of one floating type
// or of i32, whose sums wrap around.
std::span<const OpDef* const> conv_ops();

}  // namespace tenon::internal
