// What ops cost by their definition, whatever computes them: the measure that times are held
// against.
#pragma once

#include "ops/op_def.h"
#include "tensor/value_info.h"

#include <span>

namespace tenon::internal {

struct Work {
  // Operations on elements, of any type: a multiplication and an addition are two. What a faster
  // algorithm saves is counted all the same.
  double flops = 0;
  // What is read and written of device memory if everything is touched once.
  double bytes = 0;
};

// All dims are constant.
Work work_of(const OpDef& op, const Attrs& attrs, std::span<const ValueInfo> in,
             std::span<const ValueInfo> out);

// A FlopsFn: one for each element of operand 0.
double flops_of_each_input(const Attrs& attrs, std::span<const ValueInfo> in, const ValueInfo& out);

// Number of elements, for FlopsFn: as a double it overflows nowhere. All dims are constant.
double elements_in(std::span<const Dim> shape);

}  // namespace tenon::internal
