// NonMaxSuppression: of boxes that overlap the best one.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>
#include <string>

namespace tenon::internal {

struct NonMaxSuppressionAttrs {
  // Boxes are (centre x, centre y, width, height), not (y1, x1, y2, x2).
  bool center_point_box = false;
  std::string extent;
  bool operator==(const NonMaxSuppressionAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("center_point_box", self.center_point_box);
    field("extent", self.extent);
  }
};

// Operands: boxes f32[N, B, 4]; scores f32[N, C, B]; then, single numbers that may be omitted: the
// most boxes of a class (0), the overlap from which on a box is left out (0: intersection over
// union), and the score that a box must exceed. Result: i64[K, 3], batch, class and box of what is
// kept, by batch, class and falling score. K is extent 0.
std::span<const OpDef* const> non_max_suppression_ops();

}  // namespace tenon::internal
