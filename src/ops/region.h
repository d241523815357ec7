// Region: a fused node. An anchor (any op that computes, or none) reads its operands through views
// and through pointwise programs, and a pointwise program goes over its result:
//
//   result = after(anchor(before[0](view(x0), …), before[1](…), …), extra operands …)
//
// Bias, activation, residual, scale and requantisation stand in `after`; zero points,
// dequantisation and masks in `before`. No device needs a kernel for a region as such:
// graph/split_region.h turns it back into its parts.
#pragma once

#include "ops/op_def.h"
#include "ops/operation.h"
#include "ops/pointwise.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

inline constexpr std::string_view kRegionName = "Region";

// Operand masks have a bit for each.
inline constexpr int kMaxRegionOperands = 32;

// Limits of the programs that passes make. A kernel keeps the registers of a program in those of
// the machine, of which there are 32 at most, and the addresses of its inputs in others, of which
// eight are left beside the loops of an anchor.
inline constexpr size_t kMaxProgramInstructions = 32;
inline constexpr size_t kMaxProgramInputs = 8;

// How a region reads one of its operands.
struct OperandView {
  // Axis i as the region reads it is axis perm[i] of the stored operand; empty: as stored.
  std::vector<int64_t> perm;
  bool is_identity() const { return perm.empty(); }
  bool operator==(const OperandView&) const = default;
  static void fields(auto& self, auto&& field) { field("perm", self.perm); }
};

// "{perm=[0,2,1]}", "" for an operand as stored.
template <>
struct TextForm<OperandView> {
  static constexpr std::string_view kName = "view";
  static std::string to_text(const OperandView& view);
  static Result<OperandView> parse(std::string_view text);
};

// There is one way to write a region down: a list whose entries would all say nothing is empty, and
// programs use all their registers.
struct RegionAttrs {
  // None: the region is `after` alone.
  Operation anchor;
  // One for each operand of the region, or none where all are read as stored.
  std::vector<OperandView> views;
  // One for each operand of the anchor, or none. An empty program is the operand itself; the inputs
  // of the others broadcast (NumPy) to what the anchor reads. One output each.
  std::vector<PointwiseProgram> before;
  // Input 0 is the anchor's result, or without an anchor the first operand. Further inputs are
  // extra operands, which broadcast to the anchor's result and never enlarge it. One output. Empty:
  // the anchor's result is the region's.
  PointwiseProgram after;

  bool operator==(const RegionAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("anchor", self.anchor);
    field("views", self.views);
    field("before", self.before);
    field("after", self.after);
  }
};

// The ops of a region from first to last, as a layer is named: "Conv+Add+Relu".
std::string describe(const RegionAttrs& region);

// Whether an op with this many operands can be an anchor: it has one output, is neither pointwise
// nor a view nor a region, and reads none of these operands on the host, because a region's
// operands are all read by the device. Errors: InvalidArgument with the reason.
Status check_anchor(const OpDef& op, size_t operands);

// Operands: for each operand of the anchor the inputs of its `before` program, or the operand; then
// the extra operands of `after`. An optional operand of the anchor that is omitted is omitted here,
// or left off where it would be the last one before the extra operands.
std::span<const OpDef* const> region_ops();

}  // namespace tenon::internal
