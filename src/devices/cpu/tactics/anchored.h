// Problems as tile kernels see them: an anchor whose results a program with further operands
// finishes.
#pragma once

#include "device/tactic.h"
#include "devices/cpu/product/product.h"
#include "ops/problem.h"
#include "ops/region_parts.h"

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

struct AnchoredProblem {
  RegionParts parts;
  // How the operands of the program behind the anchor lie beside the result. They are the problem's
  // operands from parts.after_first on.
  std::vector<ExtraKind> extras;

  // The anchor's operand at a position, or nullptr where it is omitted.
  const ValueInfo* operand(size_t position) const;
  // Where it stands among the problem's operands.
  size_t position(size_t operand) const { return parts.before_first[operand]; }
  ProductEpilogue epilogue(bool bias) const;
};

// Takes a plain op or a region apart. All types must be f32, and the anchor's operands be read
// without programs; `column_axis` is the axis of the result along which tiles have their columns,
// counted from the end where negative. Errors: Unsupported with the reason.
Result<AnchoredProblem> anchored_problem(const Problem& problem, std::string_view anchor,
                                         int column_axis);

// Copies the addresses of the extras from the pointers of an invocation; returns their number.
size_t extra_pointers(const AnchoredProblem& problem, std::span<void* const> pointers,
                      std::span<const float*, kMaxTileExtras> extras);

// The op of a problem, or of the anchor of its region; empty where there is no anchor.
std::string_view anchor_name(const Problem& problem);

// Errors: Unsupported for a tensor in another layout.
Status require_channels_last(const ValueInfo& info, std::string_view what);

// Errors: Unsupported where an operand of the anchor has a view.
Status require_stored_as_read(const AnchoredProblem& problem);

// Packed bytes as the elements they are.
std::span<float> floats_of(std::span<std::byte> bytes);

}  // namespace tenon::internal
