// Problems as tile kernels see them: an anchor whose results a program with further operands
// finishes.
#pragma once

#include "device/tactic.h"
#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "ops/problem.h"
#include "ops/region_parts.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
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

// Copies the addresses of the extras; returns their number.
size_t extra_pointers(const AnchoredProblem& problem, const Operands& operands,
                      std::span<const float*, kMaxTileExtras> extras);

// Tactic::takes_pitches where tiles reach rows of the result, and of `rows`, one operand or none,
// through addresses: what lies beside the result has its pitch, all else none.
bool takes_tile_pitches(const AnchoredProblem& problem, std::optional<size_t> rows,
                        std::span<const Dim> pitches);
// Where rows must be the channels of positions.
bool takes_image_pitches(const Problem& problem, const AnchoredProblem& anchored,
                         std::optional<size_t> image, std::span<const Dim> pitches);

// f32 elements from a row of an operand to the next, where rows have that many.
int64_t row_stride(const BoundOperand& operand, int64_t elements);

// The op of a problem, or of the anchor of its region; empty where there is no anchor.
std::string_view anchor_name(const Problem& problem);

// Errors: Unsupported for a tensor in another layout.
Status require_channels_last(const ValueInfo& info, std::string_view what);

// Errors: Unsupported where an operand of the anchor has a view.
Status require_stored_as_read(const AnchoredProblem& problem);

// A kernel over what a tactic has planned, `code` included; `device` is a CpuDevice. Errors of
// `bind`: those of Kernel::bind.
template <class Plan>
std::unique_ptr<Kernel> planned_kernel(
    Plan plan, Device& device, const CodeSet& code,
    Result<BoundFunction> (*bind)(const std::shared_ptr<const Plan>& plan,
                                  std::span<const BoundOperand> inputs,
                                  std::span<const BoundOperand> outputs)) {
  return function_kernel(
      device,
      [plan = std::make_shared<const Plan>(std::move(plan)), bind](
          std::span<const BoundOperand> inputs, std::span<const BoundOperand> outputs) {
        return bind(plan, inputs, outputs);
      },
      code.pieces());
}

// Packed bytes as the elements they are.
std::span<float> floats_of(std::span<std::byte> bytes);

}  // namespace tenon::internal
