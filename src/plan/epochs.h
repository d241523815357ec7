// What a run learns when. Shapes that follow from the inputs are known before it begins: epoch 0.
// Every host step that tells open extents begins a further epoch, in which the shapes, the memory
// and the kernels of what stands on them are made ready.
#pragma once

#include "plan/plan.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tenon::internal {

struct PlanEpochs {
  // Of each value: the one in which its dims, elements and window are known.
  std::vector<uint32_t> of_value;
  // Of each step: of a kernel the one in which all its operands and results are known; of a host
  // step the one in which its operands are.
  std::vector<uint32_t> of_step;
  // The epoch that a step begins when it is done, and, of a Loop, before its body runs; 0: none.
  std::vector<uint32_t> after_step;
  std::vector<uint32_t> in_step;
  // For each epoch all symbols that its values and steps stand on.
  std::vector<std::vector<std::string>> symbols;

  size_t count() const { return symbols.size(); }
};

// The open extents that a step tells when it is done, and those that a Loop tells before each
// iteration. The indices in the step must be in range.
std::vector<std::string> told_after(const Plan& plan, const PlanStep& step);
std::vector<std::string> told_inside(const Plan& plan, const PlanStep& step);

// Of a plan that verify() accepts. Later epochs have higher numbers.
PlanEpochs plan_epochs(const Plan& plan);

// Symbols of dims, elements and window of a value.
void collect_symbols(const PlanValue& value, std::set<std::string>& symbols);

}  // namespace tenon::internal
