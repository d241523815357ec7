// What folds read: an operand of a problem, or what the program before its anchor makes of it.
#pragma once

#include "devices/cpu/jit/fold_kernel.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "ops/problem.h"
#include "ops/region_parts.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::internal {

struct FoldInput {
  // Among the problem's operands: the one whose elements are folded.
  size_t position = 0;
  // FoldSpec::map, where there is one, its extras, and which operands these are.
  PointwiseProgram map = {};
  std::vector<FoldExtra> extras = {};
  std::vector<size_t> extra_positions = {};

  // Makes a fold read it.
  void apply_to(FoldSpec& spec) const;
  // Sets the extras of a call that begins `offset` elements into the operand.
  void set_extras(FoldCall& call, const Operands& operands, int64_t offset) const;
};

// Of the first operand of an anchor, f32. Errors: Unsupported with the reason.
Result<FoldInput> fold_input(const Problem& problem, const RegionParts& parts);

}  // namespace tenon::internal
