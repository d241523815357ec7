// Pad: a tensor with more, or fewer, elements at the ends of its axes.
#pragma once

#include "ops/op_def.h"
#include "tensor/dim.h"

#include <tenon/error.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// What the new elements are: one value, or those of the operand, mirrored at the ends (which are
// not repeated), the end itself, or from the other end on.
enum class PadMode : uint8_t { kConstant, kReflect, kEdge, kWrap };
template <>
struct EnumNames<PadMode> {
  static constexpr std::array names = {"constant", "reflect", "edge", "wrap"};
};

struct PadAttrs {
  PadMode mode = PadMode::kConstant;
  bool operator==(const PadAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("mode", self.mode); }
};

// Operands: x; pads, the beginnings for each axis and then the ends, negative ones take elements
// away; optionally the value that is padded with, a scalar of x's type, 0 if omitted; optionally
// the axes that pads are for, all if omitted. Elements are taken away first.
std::span<const OpDef* const> pad_ops();

// What is added at the ends of an axis.
struct AxisPads {
  Dim begin;
  Dim end;
};

// One for each axis of x. Errors: InvalidArgument for operands that Pad does not take; Unsupported
// where pads are known only during the run.
Result<std::vector<AxisPads>> axis_pads(std::span<const ValueInfo> in);

}  // namespace tenon::internal
