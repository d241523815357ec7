// Col2Im: blocks of an image, added up where they lie. The opposite of taking an image apart into
// the windows of a convolution.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// Dilations and strides are 1 and pads 0 where the list is empty; pads holds the beginnings of all
// axes, then the ends.
struct Col2ImAttrs {
  std::vector<int64_t> dilations;
  std::vector<int64_t> pads;
  std::vector<int64_t> strides;
  bool operator==(const Col2ImAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("dilations", self.dilations);
    field("pads", self.pads);
    field("strides", self.strides);
  }
};

// Operands: x[N, C * elements of a block, blocks] of a floating type; the dims of the image; those
// of a block. The result is [N, C, image...]; what lies in the padding is dropped.
std::span<const OpDef* const> col2im_ops();

}  // namespace tenon::internal
