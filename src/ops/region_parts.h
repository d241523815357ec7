// A problem as an anchor with views and programs around it: the one form in which tactics read
// regions and plain nodes alike.
#pragma once

#include "ops/problem.h"
#include "ops/region.h"

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <vector>

namespace tenon::internal {

struct RegionParts {
  // nullptr: `after` is all there is.
  const OpDef* anchor = nullptr;
  Attrs anchor_attrs;

  // One for each operand of the problem.
  std::vector<OperandView> views;

  // One for each operand of the anchor, in three lists: what it reads after view and program (not
  // present for an omitted one); the program, empty for the operand itself; and the position of the
  // program's first input, or of the operand, among the problem's operands.
  std::vector<ValueInfo> anchor_inputs;
  std::vector<PointwiseProgram> before;
  std::vector<size_t> before_first;

  // What the anchor gives. Without an anchor: the first operand as viewed.
  ValueInfo anchor_output;

  // Empty: the anchor's result is the problem's. Input 0 is the anchor's result, and inputs from 1
  // on are the problem's operands from `after_first` on; without an anchor all inputs are operands,
  // and `after_first` is 0.
  PointwiseProgram after;
  size_t after_first = 0;
  // Inputs of `after` that are operands, after their views.
  std::vector<ValueInfo> after_inputs;

  ValueInfo output;
};

// What a problem is made of. A node of another op is a region without views and programs; a
// pointwise node is one without anchor; a Gemm without scales is MatMul with views and an addition;
// a reduction has its axes as an attribute. Errors: InvalidArgument for operands that the region
// does not take; Unsupported for an op with several outputs.
Result<RegionParts> region_parts(const Problem& problem);

// The same for a region's attributes and operands; infers the output.
Result<RegionParts> region_parts(const RegionAttrs& attrs, std::span<const ValueInfo> in);

}  // namespace tenon::internal
