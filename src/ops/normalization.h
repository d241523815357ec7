// Normalizations with statistics of the operand itself: LayerNormalization, RMSNormalization,
// GroupNormalization, InstanceNormalization, LRN. BatchNormalization has given ones.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// Of LayerNormalization and RMSNormalization.
struct LayerNormalizationAttrs {
  // The first of the axes that are normalized together; all behind it are too.
  int64_t axis = -1;
  float epsilon = 1e-5F;
  bool operator==(const LayerNormalizationAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("epsilon", self.epsilon);
  }
};

struct GroupNormalizationAttrs {
  float epsilon = 1e-5F;
  // Of neighbouring channels that are normalized together with all their positions.
  int64_t num_groups = 1;
  bool operator==(const GroupNormalizationAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("epsilon", self.epsilon);
    field("num_groups", self.num_groups);
  }
};

struct InstanceNormalizationAttrs {
  float epsilon = 1e-5F;
  bool operator==(const InstanceNormalizationAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("epsilon", self.epsilon); }
};

struct LrnAttrs {
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1;
  // Channels that count for each: (size - 1) / 2 before it, rounded down, and the rest behind it.
  int64_t size = 1;
  bool operator==(const LrnAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
    field("bias", self.bias);
    field("size", self.size);
  }
};

// With x' = (x - mean(x)) / sqrt(variance(x) + epsilon), all operands of one floating type:
// - LayerNormalization: x, scale, optionally bias, which broadcast to the dims of x from `axis` on;
//   y = x' * scale + bias.
// - RMSNormalization: x, scale as there; y = x / sqrt(mean(x^2) + epsilon) * scale.
// - GroupNormalization, InstanceNormalization: x[N, C, D...], scale[C], bias[C]; an instance is a
//   group of one channel.
// - LRN: x[N, C, D...]; y = x / (bias + alpha / size * sum of x^2 over neighbouring channels)^beta.
std::span<const OpDef* const> normalization_ops();

// The elements of a scale or bias, repeated to fill the dims `shape`, to which it broadcasts; axes
// that it has beyond these have extent 1.
std::vector<double> broadcast_numbers(const ConstTensorView& operand,
                                      std::span<const int64_t> shape);

}  // namespace tenon::internal
