// A plan at concrete shapes.
#pragma once

#include "ops/work.h"
#include "plan/epochs.h"
#include "plan/plan.h"
#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

// A value with its dims evaluated.
struct BoundValue {
  Shape shape;
  int64_t bytes = 0;
  // Of its window: 0 where it has all of its storage.
  int64_t offset = 0;
  int64_t pitch = 0;
  // Elements of values on the host, encoded in the value's type.
  std::vector<std::byte> elements;
};

struct BoundPlan {
  SymbolBindings symbols;
  // One for each value of the plan; those of epochs that have not begun mean nothing.
  std::vector<BoundValue> values;
};

// Whether the plan's only profile, where it has one, allows this shape of input `input`, whose rank
// is right. Errors: InvalidArgument naming the input, the axis, the value and what is allowed.
Status check_profile(const Plan& plan, size_t input, std::span<const int64_t> shape);

// Symbols from the shapes of all inputs, in their order. Errors: InvalidArgument naming the input,
// the axis, the value and what is allowed (as check_profile() too).
Result<SymbolBindings> bind_inputs(const Plan& plan, std::span<const Shape> shapes);

// Shape of one value.
Result<Shape> shape_of(const Plan& plan, uint32_t value, const SymbolBindings& symbols);

// Evaluates the values of an epoch, whose symbols `bound` has, and checks each step of it against
// its op's inference, that each alias has the size of what it lies in, that each window lies inside
// of its storage, and that no step writes over bytes that it reads elsewhere: after this no kernel
// sees shapes that its op would not give. A host step that tells extents is of the epoch that it
// begins. Errors: InvalidArgument naming the step or the value.
Status bind_epoch(const Plan& plan, const PlanEpochs& epochs, uint32_t epoch, BoundPlan& bound);

// The plan before a run: epoch 0.
Result<BoundPlan> bind_plan(const Plan& plan, const PlanEpochs& epochs, SymbolBindings symbols);
Result<BoundPlan> bind_plan(const Plan& plan, SymbolBindings symbols);

// What a step costs at these shapes. Errors: VersionMismatch for attributes that its op does not
// have.
Result<Work> work_of(const Plan& plan, const PlanStep& step, const BoundPlan& bound);

// As profile_ranges() of the plan's inputs.
Result<SymbolRanges> profile_ranges(const Plan& plan, const Profile& profile);

}  // namespace tenon::internal
