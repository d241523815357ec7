// Reductions over axes.
#pragma once

#include "ops/op_def.h"

#include <tenon/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

struct ReduceAttrs {
  // What to reduce, where it is no operand.
  std::optional<std::vector<int64_t>> axes;
  // Reduced axes stay as dimensions of extent 1.
  bool keepdims = true;
  // What no axes, or an empty list of them, means: nothing is reduced, instead of everything.
  bool noop_with_empty_axes = false;
  bool operator==(const ReduceAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axes", self.axes);
    field("keepdims", self.keepdims);
    field("noop_with_empty_axes", self.noop_with_empty_axes);
  }
};

// Operands: x, optionally a list of axes that the host reads.
std::span<const OpDef* const> reduce_ops();

// The attributes with which a reduction of these operands does without its axes operand; the same
// for all ways to say the same. Errors: as inference has them.
Result<Attrs> with_axes(const Attrs& attrs, std::span<const ValueInfo> in);

}  // namespace tenon::internal
