// A problem: one piece of work that a tactic computes, without names or addresses. It is what
// tactics accept or reject and what kernels are made from.
#pragma once

#include "ops/op_def.h"
#include "tensor/attributes.h"
#include "tensor/value_info.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tenon::internal {

struct Problem {
  const OpDef* op = nullptr;
  Attrs attrs;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  // Inputs whose elements are fixed when the plan is built: a tactic may ask for them packed.
  OperandMask constants = 0;
};

// "Conv(f32[N,3,224,224], f32[64,3,7,7]) {strides=[2,2] …} -> f32[N,64,112,112]"
std::string to_string(const Problem& problem);

// A canonical encoding: equal problems give equal bytes on every machine; symbols are renamed in
// order of appearance, so that names do not matter.
std::vector<std::byte> canonical_bytes(const Problem& problem);

}  // namespace tenon::internal
