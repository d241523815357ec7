// BatchNormalization, as it is in inference: with given statistics.
#pragma once

#include "ops/op_def.h"

#include <span>

namespace tenon::internal {

struct BatchNormalizationAttrs {
  float epsilon = 1e-5F;
  bool operator==(const BatchNormalizationAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("epsilon", self.epsilon); }
};

// Operands: x[N, C, ...] or [N], whose C is 1, then scale, bias, mean and variance [C]; y = (x -
// mean) / sqrt(variance + epsilon) * scale + bias. The type of x may differ from those of the
// others.
std::span<const OpDef* const> batch_normalization_ops();

}  // namespace tenon::internal
